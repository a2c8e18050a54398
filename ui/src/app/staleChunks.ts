/** After an upgrade of the server, a page that is open asks for files that are gone. */

import { reloadRarely } from "@/models/reload";

/** Load the page anew when one of its parts is gone. */
export function reloadOnStaleChunks(): void {
  window.addEventListener("vite:preloadError", (event) => {
    if (reloadRarely()) event.preventDefault();
  });
}
