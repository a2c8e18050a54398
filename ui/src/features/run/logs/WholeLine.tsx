/** The rest of a line that was cut, when somebody asks for it. */

import { useQuery } from "@tanstack/react-query";
import { getLogLine } from "../queries";
import { LogText } from "./LogText";

type Props = { id: number; length: number; isOpen: boolean };

export function WholeLine({ id, length, isOpen }: Props) {
  const { data, error } = useQuery({ ...getLogLine(id), enabled: isOpen });
  if (isOpen && data !== undefined) {
    return (
      <div className="lg-whole">
        <LogText text={data.message} find="" />
      </div>
    );
  }
  return (
    <button type="button" data-fold={`${id}.all`} className="lg-more">
      {error !== null
        ? error.message
        : isOpen
          ? "loading…"
          : `cut; show all ${length.toLocaleString("en")} characters`}
    </button>
  );
}
