import { defineElements } from "heed/elements";
import { HeedAppElement } from "./app/app.ts";
import { FirstElement } from "./app/first.ts";
import { FitsElement } from "./app/fits.ts";
import { HeadChipElement } from "./app/head-chip.ts";
import { LoadingElement } from "./app/loading.ts";
import { MenuElement } from "./app/menu.ts";
import { PartsElement } from "./app/parts.ts";
import { PictureElement } from "./app/picture.ts";
import { SaysElement } from "./app/says.ts";
import { SentenceElement } from "./app/sentence.ts";
import { SoundElement } from "./app/sound.ts";
import { start } from "./app/start.ts";
import { ExportElement } from "./export/export.ts";
import { panelElements } from "./panels/index.ts";

const elements = [
  ...panelElements,
  SentenceElement,
  HeadChipElement,
  LoadingElement,
  FirstElement,
  PictureElement,
  SoundElement,
  SaysElement,
  PartsElement,
  FitsElement,
  ExportElement,
  MenuElement,
  HeedAppElement,
];
defineElements();
for (const element of elements) customElements.define(element.tag, element);
void start(document.querySelector("heed-app")!);
