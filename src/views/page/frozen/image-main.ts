import { imageElements } from "../components/image-page.ts";
import { openPage } from "./open-page.ts";
import { readFrozenImagePage } from "./read-image-page.ts";

void openPage(readFrozenImagePage, imageElements);
