// A button that goes away with what it did takes the focus along, and the next Tab would begin at the top: the page itself gets it then.

/** Until aborted. @param fallback what can have the focus */
export function keepFocus(fallback: HTMLElement, signal: AbortSignal): void {
  let last: Element | null = null;
  document.addEventListener("focusin", ({ target }) => void (last = target instanceof Element ? target : null), { signal });
  const observer = new MutationObserver(() => {
    if (last === null || last.isConnected || document.activeElement !== document.body) return;
    last = null;
    fallback.focus({ preventScroll: true });
  });
  observer.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => observer.disconnect());
}
