import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { sayNumber } from "@/features/artifacts/data";

const HEIGHT = 60;
const WIDTH = 300;

type Props = {
  value: number | null;
  /** The last numbers under its key, oldest first. */
  trend: readonly number[];
};

/** A number with the line it makes over the runs. */
export function NumberPreview({ value, trend }: Props) {
  const y = scaleLinear([Math.min(...trend), Math.max(...trend)], [HEIGHT - 4, 4]);
  const x = scaleLinear([0, Math.max(1, trend.length - 1)], [0, WIDTH]);
  const path = line<number>()
    .x((_, place) => x(place))
    .y((each) => y(each))(trend);
  return (
    <div className="flex flex-col gap-3">
      <p className="font-mono text-[28px] leading-9 tracking-tight">
        {value === null ? "–" : sayNumber(value)}
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden
        className="h-15 w-full"
      >
        {trend.length > 1 && (
          <path
            d={path ?? ""}
            fill="none"
            strokeWidth={1.5}
            vectorEffect="non-scaling-stroke"
            style={{ stroke: "var(--accent)" }}
          />
        )}
      </svg>
    </div>
  );
}
