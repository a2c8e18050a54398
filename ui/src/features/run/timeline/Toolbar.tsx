/** What can be switched above the timeline. */

import { ChevronsDownUp, ChevronsUpDown, Maximize2 } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/design/Button";
import { Switcher } from "../Switcher";

interface ToolbarProps {
  readonly failedOnly: boolean;
  readonly isCritical: boolean;
  readonly isZoomed: boolean;
  readonly hasOpen: boolean;
  readonly summary: string;
  readonly onFailedOnly: (on: boolean) => void;
  readonly onCritical: (on: boolean) => void;
  readonly onFit: () => void;
  readonly onOpenAll: () => void;
  readonly onCloseAll: () => void;
}

export function Toolbar(props: ToolbarProps): ReactNode {
  return (
    <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
      <Switcher isOn={props.failedOnly} onChange={props.onFailedOnly} hint="f">
        failed only
      </Switcher>
      <Switcher isOn={props.isCritical} onChange={props.onCritical} hint="c">
        critical path
      </Switcher>
      {props.hasOpen ? (
        <IconButton isSmall label="Fold all" onPress={props.onCloseAll}>
          <ChevronsDownUp size={15} aria-hidden />
        </IconButton>
      ) : (
        <IconButton isSmall label="Unfold all" onPress={props.onOpenAll}>
          <ChevronsUpDown size={15} aria-hidden />
        </IconButton>
      )}
      {props.isZoomed ? (
        <IconButton isSmall label="Fit rows on screen (0)" onPress={props.onFit}>
          <Maximize2 size={14} aria-hidden />
        </IconButton>
      ) : null}
      <span className="ml-auto text-xs text-muted tabular-nums">{props.summary}</span>
    </div>
  );
}
