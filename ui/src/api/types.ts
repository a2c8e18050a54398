/** The API's nouns by their short names. They come from `schema.ts`, which is generated. */

import type { components, operations } from "@/api/schema";

type Schemas = components["schemas"];

export type Artifact = Schemas["Artifact"];
export type ArtifactKey = Schemas["ArtifactKey"];
export type ArtifactSeries = Schemas["ArtifactSeries"];
export type BulkResult = Schemas["BulkResult"];
export type Flow = Schemas["Flow"];
export type FlowDetail = Schemas["FlowDetail"];
export type FlowRun = Schemas["FlowRun"];
export type FlowRunDetail = Schemas["FlowRunDetail"];
export type FlowRunSelection = Schemas["FlowRunSelection"];
export type Graph = Schemas["Graph"];
export type History = Schemas["History"];
export type Home = Schemas["Home"];
export type LogLine = Schemas["LogLine"];
export type LogMatches = Schemas["LogMatches"];
export type LogPage = Schemas["LogPage"];
export type LogWindow = Schemas["LogWindow"];
export type Outcome = Schemas["Outcome"];
export type Problem = Schemas["Problem"];
export type Reuse = Schemas["Reuse"];
export type SettingValue = Schemas["SettingValue"];
export type StateChange = Schemas["StateChange"];
export type StateCount = Schemas["StateCount"];
export type Stats = Schemas["Stats"];
export type TaskRun = Schemas["TaskRun"];
export type TaskRunDetail = Schemas["TaskRunDetail"];
export type Timeline = Schemas["Timeline"];
export type UIConfig = Schemas["UIConfig"];
export type Version = Schemas["Version"];
export type View = Schemas["View"];

export type FlowRunPage = Schemas["Page_FlowRun_"];
export type TaskRunPage = Schemas["Page_TaskRun_"];
export type ArtifactPage = Schemas["Page_Artifact_"];

/** The queries of an operation, by its id. */
export type QueryOf<Id extends keyof operations> = NonNullable<
  operations[Id]["parameters"]["query"]
>;
