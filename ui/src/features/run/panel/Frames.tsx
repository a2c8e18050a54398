/** A traceback as one reads it: the reader's own lines, the engine's and libraries' folded. */

import { useState } from "react";
import { type Frame, foldFrames, parseTraceback, type Raised } from "@/models/traceback";

export function Frames({ text }: { text: string }) {
  const raised = parseTraceback(text);
  if (raised.length === 0) return <pre className="overflow-x-auto whitespace-pre-wrap">{text}</pre>;
  return (
    <div className="my-1 overflow-x-auto rounded-md border border-line bg-page py-1.5 font-mono text-xs">
      {raised.map((one, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a traceback never changes
        <RaisedPart key={place} raised={one} />
      ))}
    </div>
  );
}

function RaisedPart({ raised }: { raised: Raised }) {
  return (
    <>
      {foldFrames(raised.frames).map((stretch, place) =>
        stretch.isFolded ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <FoldedFrames key={place} frames={stretch.frames} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          stretch.frames.map((frame, at) => <FrameLines key={`${place}.${at}`} frame={frame} />)
        ),
      )}
      <div className="px-3 py-0.5 font-semibold break-words whitespace-pre-wrap text-failed">
        {raised.error}
      </div>
      {raised.link === null ? null : (
        <div className="my-1 border-y border-line px-3 py-1 text-muted">{raised.link}</div>
      )}
    </>
  );
}

function FoldedFrames({ frames }: { frames: readonly Frame[] }) {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) {
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    return frames.map((frame, at) => <FrameLines key={at} frame={frame} isMuted />);
  }
  const owners = new Set(frames.map((frame) => frame.owner));
  const whose = owners.has("engine") && owners.size === 1 ? "of the engine" : "of libraries";
  return (
    <button
      type="button"
      onClick={() => setOpen(true)}
      className="block px-3 py-0.5 text-muted hover:text-ink hover:underline"
    >
      … {frames.length} {frames.length === 1 ? "frame" : "frames"} {whose}
    </button>
  );
}

function FrameLines({ frame, isMuted = false }: { frame: Frame; isMuted?: boolean }) {
  return (
    <div className={`px-3 py-0.5 ${isMuted ? "text-muted" : ""}`}>
      <div className="text-muted">
        <span title={frame.file}>{shortPath(frame.file)}</span>:{frame.line} in{" "}
        <span className={isMuted ? "" : "text-ink"}>{frame.name}</span>
      </div>
      {frame.code.length > 0 ? (
        <pre className="pl-4">
          <code>{frame.code.join("\n")}</code>
        </pre>
      ) : null}
    </div>
  );
}

/** The last parts of a path: enough to know the file. */
function shortPath(file: string): string {
  const parts = file.split(/[\\/]/);
  return parts.length > 3 ? `…/${parts.slice(-2).join("/")}` : file;
}
