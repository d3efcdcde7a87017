/** Arrow keys go along the words, and choose none. */
export function moveAlong(event: KeyboardEvent): void {
  const button = event.target as HTMLElement;
  const isMirrored = getComputedStyle(button.parentElement!).direction === "rtl";
  const [forth, back] = isMirrored ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
  const next =
    event.key === forth
      ? button.nextElementSibling
      : event.key === back
        ? button.previousElementSibling
        : undefined;
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}
