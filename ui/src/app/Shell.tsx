import { Outlet, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { RouterProvider as AriaRouterProvider } from "react-aria-components";
import { Banner } from "@/app/Banner";
import { Header } from "@/app/Header";
import { useShortcut } from "@/app/keys";
import { CrumbPlace } from "@/app/Page";
import { PLACES } from "@/app/places";
import { BottomBar, Rail } from "@/app/Rail";
import { TipLayer } from "@/design/TipLayer";

const Palette = lazy(() => import("@/features/palette/Palette"));
const KeysDialog = lazy(() => import("@/features/palette/KeysDialog"));

function PlaceKey({ keyName, label, go }: { keyName: string; label: string; go: () => void }) {
  useShortcut(`g ${keyName}`, `Go to ${label}`, "Go", go);
  return null;
}

/** What stands around every page: rail, header, and the layers above. */
export function Shell() {
  const router = useRouter();
  const [crumbs, setCrumbs] = useState<HTMLElement | null>(null);
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  useShortcut("Ctrl K", "Search and commands", "Anywhere", () => setOpen("palette"));
  useShortcut("?", "These keys", "Anywhere", () => setOpen("keys"));
  return (
    <AriaRouterProvider
      navigate={(href) => void router.navigate({ href })}
      useHref={(href) => router.history.createHref(href)}
    >
      <CrumbPlace value={crumbs}>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:bg-panel focus:p-2"
        >
          Skip to the page
        </a>
        {PLACES.map(({ to, label, key }) => (
          <PlaceKey key={to} keyName={key} label={label} go={() => void router.navigate({ to })} />
        ))}
        <div className="flex h-full">
          <Rail />
          <div className="flex min-w-0 flex-1 flex-col">
            <Header crumbPlace={setCrumbs} onSearch={() => setOpen("palette")} />
            <Banner />
            <main id="main" className="min-h-0 flex-1">
              <Outlet />
            </main>
            <BottomBar />
          </div>
        </div>
        <Suspense fallback={null}>
          {open === "palette" && (
            <Palette onClose={() => setOpen(null)} onKeys={() => setOpen("keys")} />
          )}
          {open === "keys" && <KeysDialog onClose={() => setOpen(null)} />}
        </Suspense>
        <TipLayer />
      </CrumbPlace>
    </AriaRouterProvider>
  );
}
