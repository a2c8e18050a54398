import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { feedCache, makeQueryClient } from "@/api/cache";
import { startLive, watchRun } from "@/api/live";
import { firstRun, router } from "@/app/router";
import { reloadOnStaleChunks } from "@/app/staleChunks";
import { applyPreferences } from "@/models/preferences";
import "./styles.css";

applyPreferences();
reloadOnStaleChunks();

const client = makeQueryClient();
feedCache(client);
// The page of a run listens for that run from the beginning: else there would be a second stream.
watchRun(firstRun());
startLive();

const place = document.getElementById("root");
if (place !== null) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
