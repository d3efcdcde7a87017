import { readTalk, type Talk } from "./talk.ts";

const name = "heed: talk";

/** The talk of this browser: kept from one visit to the next where the browser allows it. */
export class KeptTalk {
  #talk: Talk | undefined;

  get talk(): Talk {
    this.#talk ??= readTalk(stored());
    return this.#talk;
  }

  /** Takes a talk over; false where it lasts only as long as the page. */
  become(talk: Talk): boolean {
    this.#talk = talk;
    try {
      localStorage.setItem(name, JSON.stringify(talk));
      return true;
    } catch {
      return false;
    }
  }
}

export const keptTalk = new KeptTalk();

function stored(): string {
  try {
    return localStorage.getItem(name) ?? "[]";
  } catch {
    return "[]";
  }
}
