/** The explorer's object in its page, as a script of the page names it. */
export const app = "document.querySelector('heed-app').app";

/** Whether its model is there and its run done. */
export const isThere = `${app}?.model !== undefined && ${app}.seen !== undefined && !${app}.isBusy`;
