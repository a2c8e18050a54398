import { useQuery } from "@tanstack/react-query";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { getArtifactSeries } from "@/api/queries";
import { sayNumber } from "@/features/artifacts/data";

const HEIGHT = 60;
const WIDTH = 300;

type Props = { artifactKey: string; value: number | null };

/** A number with the line it makes over the runs. */
export function NumberPreview({ artifactKey, value }: Props) {
  const { data } = useQuery(getArtifactSeries(artifactKey));
  const values = data?.points.slice(-40).map((point) => point.value) ?? [];
  const y = scaleLinear([Math.min(...values), Math.max(...values)], [HEIGHT - 4, 4]);
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [0, WIDTH]);
  const path = line<number>()
    .x((_, place) => x(place))
    .y((each) => y(each))(values);
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
        {values.length > 1 && (
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
