/** Arranges graphs beside the page, which stays at hand meanwhile. */

import { arrange, type Shape } from "./arrange";

self.addEventListener("message", (event: MessageEvent<{ key: string; shape: Shape }>) => {
  self.postMessage({ key: event.data.key, places: arrange(event.data.shape) });
});
