/** After an upgrade of the server, a page that is open asks for files that are gone. */

const PLACE = "penstock.reloaded";
const AGAIN = 30_000;

/** Load the page anew when one of its parts is gone, though not over and over. */
export function reloadOnStaleChunks(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(PLACE) ?? 0);
    if (Date.now() - last < AGAIN) return;
    sessionStorage.setItem(PLACE, String(Date.now()));
    event.preventDefault();
    window.location.reload();
  });
}
