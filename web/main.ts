import { english } from "./words/en.ts";

document.title = english.first.title;
