/** A line of the log: when, how grave, of which run, what. No handlers: the list has them. */

import { ChevronRight } from "lucide-react";
import { memo } from "react";
import type { LogLine } from "@/api/types";
import { type Clock, sayInstant } from "@/models/instant";
import { Frames } from "../panel/Frames";
import { type Block, foldMessage } from "./fold";
import { LogText } from "./LogText";
import { WholeLine } from "./WholeLine";
import { levelName } from "./words";

type Props = {
  line: LogLine;
  clock: Clock;
  find: string;
  isHit: boolean;
  isLinked: boolean;
  /** Keys of the blocks that were opened: the line's id, a dot, the block's place. */
  open: ReadonlySet<string>;
};

export const LogRow = memo(function LogRow(props: Props) {
  const { line, clock, find, isHit, isLinked, open } = props;
  const level = levelName(line.level);
  const at = Date.parse(line.timestamp);
  return (
    <div
      className={`lg-row lg-${level.toLowerCase()}${isHit ? " lg-hit" : ""}${isLinked ? " lg-linked" : ""}`}
    >
      <button type="button" className="lg-time" data-line={line.id} data-tip-time={at}>
        {clockTime(at, clock)}
        <span className="sr-only"> link to this line</span>
      </button>
      <span className="lg-level">{level}</span>
      <WhichRun line={line} />
      <div className="lg-message">
        {foldMessage(line.message).map((block, place) => (
          <MessageBlock
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks of a message never change their order
            key={place}
            block={block}
            find={find}
            name={`${line.id}.${place}`}
            isOpen={open.has(`${line.id}.${place}`)}
          />
        ))}
        {line.is_cut ? (
          <WholeLine id={line.id} length={line.length} isOpen={open.has(`${line.id}.all`)} />
        ) : null}
      </div>
    </div>
  );
});

function WhichRun({ line }: { line: LogLine }) {
  const name = line.task_run_name ?? line.flow_run_name;
  if (line.task_run_id === null) {
    return <span className="lg-run lg-flow">{name}</span>;
  }
  return (
    <button type="button" className="lg-run" data-pick={line.task_run_id} title={name}>
      {name}
    </button>
  );
}

type BlockProps = { block: Block; find: string; name: string; isOpen: boolean };

function MessageBlock({ block, find, name, isOpen }: BlockProps) {
  if (block.kind === "text") return <LogText text={block.text} find={find} />;
  return (
    <div className="lg-trace">
      <button type="button" data-fold={name} aria-expanded={isOpen} className="lg-fold">
        <ChevronRight size={13} aria-hidden className={isOpen ? "rotate-90" : ""} />
        <LogText text={block.summary} find={find} />
        <span className="lg-count">{block.lines} lines</span>
      </button>
      {isOpen ? <Frames text={block.text} /> : null}
    </div>
  );
}

/** Time of day with milliseconds: lines of a log are compared by them. */
function clockTime(at: number, clock: Clock): string {
  const milliseconds = String(Math.floor(at % 1_000)).padStart(3, "0");
  return `${sayInstant(at, clock, "clock", at)}.${milliseconds}`;
}
