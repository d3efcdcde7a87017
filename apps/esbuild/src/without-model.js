import { load } from "heed";

load().catch(({ name, message }) => {
  document.querySelector("#answer").textContent = `${name}: ${message}`;
});
