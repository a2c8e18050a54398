/** Loads the page anew when it can do no better; never over and over. */

const PLACE = "penstock.reloaded";
const AGAIN = 30_000;

/** Load the page anew, unless that was done a moment ago. Gives whether it is. */
export function reloadRarely(): boolean {
  const last = Number(sessionStorage.getItem(PLACE) ?? 0);
  if (Date.now() - last < AGAIN) return false;
  sessionStorage.setItem(PLACE, String(Date.now()));
  window.location.reload();
  return true;
}
