import { textElements } from "../components/text-page.ts";
import { openPage } from "./open-page.ts";
import { readFrozenPage } from "./read-page.ts";

void openPage(readFrozenPage, textElements);
