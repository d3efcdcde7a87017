import { textElements } from "../components/text-page.ts";
import { openPage } from "./open-page.ts";
import { readFrozenPage } from "./read-page.ts";

void readFrozenPage(document).then((frozen) => openPage(frozen, textElements));
