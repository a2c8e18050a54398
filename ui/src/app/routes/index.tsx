/** All routes. Each page is a chunk of its own, loaded when somebody goes there. */

import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { Failure } from "@/app/Failure";
import { NotFound } from "@/app/NotFound";
import { Shell } from "@/app/Shell";
import { readArtifactsSearch } from "@/features/artifacts/search";
import { readLogsSearch } from "@/features/logs/search";
import { readRunSearch } from "@/features/run/search";
import { readRunsSearch } from "@/features/runs/search";

const root = createRootRoute({
  component: Shell,
  errorComponent: Failure,
  notFoundComponent: () => <NotFound />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/home/HomePage")),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import("@/features/runs/RunsPage")),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import("@/features/run/RunPage")),
});

const flows = createRoute({
  getParentRoute: () => root,
  path: "/flows",
  component: lazyRouteComponent(() => import("@/features/flows/FlowsPage")),
});

const flow = createRoute({
  getParentRoute: () => root,
  path: "/flows/$name",
  component: lazyRouteComponent(() => import("@/features/flows/FlowPage")),
});

const artifacts = createRoute({
  getParentRoute: () => root,
  path: "/artifacts",
  validateSearch: readArtifactsSearch,
  component: lazyRouteComponent(() => import("@/features/artifacts/ArtifactsPage")),
});

const artifactKey = createRoute({
  getParentRoute: () => root,
  path: "/artifacts/$key",
  validateSearch: readArtifactsSearch,
  component: lazyRouteComponent(() => import("@/features/artifacts/SeriesPage")),
});

const logs = createRoute({
  getParentRoute: () => root,
  path: "/logs",
  validateSearch: readLogsSearch,
  component: lazyRouteComponent(() => import("@/features/logs/LogSearchPage")),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage")),
});

export const routeTree = root.addChildren([
  home,
  runs,
  run,
  flows,
  flow,
  artifacts,
  artifactKey,
  logs,
  settings,
]);
