import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { serverNow } from "@/api/live";
import { findSettings, getVersion } from "@/api/queries";
import { Page } from "@/app/Page";
import { Problem } from "@/app/Problem";
import { Copyable } from "@/design/CodeBlock";
import { Choice, SelectInput } from "@/design/Field";
import { Section } from "@/design/Section";
import { Time } from "@/design/Time";
import { localZone } from "@/models/instant";
import { prefer, usePreferences } from "@/models/preferences";

/** How the page looks to this browser, and how the server is set. */
export default function SettingsPage() {
  return (
    <Page title="Settings">
      <div className="flex max-w-5xl flex-col gap-6">
        <Looks />
        <Server />
        <ServerSettings />
      </div>
    </Page>
  );
}

function Looks() {
  const { theme, density, vision, is24h } = usePreferences();
  return (
    <Section title="This browser">
      <div className="panel divide-y divide-line">
        <Row label="Theme">
          <Choice
            label="Theme"
            chosen={theme}
            onChoose={(next) => prefer({ theme: next })}
            options={[
              ["system", "System"],
              ["light", "Light"],
              ["dark", "Dark"],
            ]}
          />
        </Row>
        <Row label="Colours of states" hint="Blue and orange, for who cannot tell red from green.">
          <Choice
            label="Colours of states"
            chosen={vision}
            onChoose={(next) => prefer({ vision: next })}
            options={[
              ["standard", "Green and red"],
              ["blue-orange", "Blue and orange"],
            ]}
          />
        </Row>
        <Row label="Rows">
          <Choice
            label="Rows"
            chosen={density}
            onChoose={(next) => prefer({ density: next })}
            options={[
              ["comfortable", "Comfortable"],
              ["compact", "Compact"],
            ]}
          />
        </Row>
        <Row label="Clock">
          <Choice
            label="Clock"
            chosen={is24h ? "24" : "12"}
            onChoose={(next) => prefer({ is24h: next === "24" })}
            options={[
              ["24", "24 h"],
              ["12", "12 h"],
            ]}
          />
        </Row>
        <Row label="Time zone" hint="Hovering an instant shows it in all of them.">
          <ZoneSelect />
        </Row>
      </div>
    </Section>
  );
}

function ZoneSelect() {
  const { zone } = usePreferences();
  return (
    <span className="flex flex-wrap items-center gap-3">
      <SelectInput
        aria-label="Time zone"
        value={zone}
        onChange={(event) => prefer({ zone: event.target.value })}
      >
        <option value="local">This machine ({localZone()})</option>
        <option value="UTC">UTC</option>
        {Intl.supportedValuesOf("timeZone")
          .filter((name) => name !== "UTC")
          .map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
      </SelectInput>
      <Time at={serverNow()} length="full" className="text-sm text-muted" />
    </span>
  );
}

function Server() {
  const { data, error } = useQuery(getVersion);
  return (
    <Section title="Server">
      {error !== null && data === undefined && <Problem error={error} />}
      {data !== undefined && (
        <div className="panel divide-y divide-line">
          <Row label="Penstock">
            <code>{data.penstock}</code>
          </Row>
          <Row label="Store" hint="Where the runs are kept.">
            <Copyable text={data.store} />
          </Row>
          <Row label="Python and SQLite">
            <code>
              {data.python}, {data.sqlite}
            </code>
          </Row>
          <Row label="Schema of the store">
            <code>{data.schema_version}</code>
          </Row>
          <Row label="API">
            <a href="api/openapi.json" className="link">
              OpenAPI document
            </a>
          </Row>
        </div>
      )}
    </Section>
  );
}

function ServerSettings() {
  const { data = [] } = useQuery(findSettings);
  if (data.length === 0) return null;
  return (
    <Section title="How the server is set">
      <div className="panel overflow-x-auto">
        <table className="w-full text-sm">
          <thead>
            <tr className="h-8 border-b border-line text-left text-xs text-muted">
              <th className="px-3 font-normal">Setting</th>
              <th className="px-3 font-normal">Value</th>
              <th className="px-3 font-normal">From</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {data.map(({ name, variable, value, origin, meaning }) => (
              <tr key={name} className="align-top">
                <td className="px-3 py-2">
                  <code data-tip={variable}>{name}</code>
                  <div className="text-xs text-muted">{meaning}</div>
                </td>
                <td className="px-3 py-2">
                  <code className="break-all">{value}</code>
                </td>
                <td className="px-3 py-2 whitespace-nowrap text-muted">{origin}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

type RowProps = { label: string; hint?: string; children: ReactNode };

function Row({ label, hint, children }: RowProps) {
  return (
    <div className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1.5 px-3 py-2 text-sm">
      <div className="w-56 shrink-0">
        {label}
        {hint !== undefined && <div className="text-xs text-muted">{hint}</div>}
      </div>
      <div className="min-w-0">{children}</div>
    </div>
  );
}
