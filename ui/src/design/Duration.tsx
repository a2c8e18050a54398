import { duration } from "@/models/duration";
import { useNow } from "@/models/now";

type Props = {
  /** Seconds; null draws a dash. */
  seconds: number | null;
  className?: string;
};

/** A duration that has ended. */
export function Duration({ seconds, className = "" }: Props) {
  return (
    <span className={`whitespace-nowrap ${className}`}>
      {seconds === null ? <span className="text-muted">–</span> : duration(seconds)}
    </span>
  );
}

type ElapsedProps = {
  /** ISO 8601; null: not started. */
  start: string | null;
  end: string | null;
  className?: string;
};

/** The time from start to end, or up to now, counting up. */
export function Elapsed({ start, end, className = "" }: ElapsedProps) {
  const now = useNow(start !== null && end === null);
  if (start === null) return <Duration seconds={null} className={className} />;
  const until = end === null ? now : Date.parse(end);
  const seconds = Math.max(0, (until - Date.parse(start)) / 1_000);
  // Tenths that jump each second only distract.
  return <Duration seconds={end === null ? Math.round(seconds) : seconds} className={className} />;
}
