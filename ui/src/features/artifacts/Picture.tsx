import { useState } from "react";
import { Dialog } from "@/design/Dialog";

type Props = { src: string; name: string; isPreview: boolean };

/** A figure. Figures are drawn for white paper, so they lie on white in both themes. */
export function Picture({ src, name, isPreview }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <p className="text-muted">The picture of {name} could not be loaded.</p>;
  const image = (
    <img
      src={src}
      alt={name}
      loading="lazy"
      onError={() => setBroken(true)}
      className={`max-w-full object-contain ${isPreview ? "h-full max-h-44" : "max-h-[560px]"}`}
    />
  );
  if (isPreview)
    return <div className="flex h-44 justify-center rounded-sm bg-white p-1">{image}</div>;
  return (
    <>
      <button
        type="button"
        aria-label={`Enlarge ${name}`}
        onClick={() => setOpen(true)}
        className="flex max-w-full cursor-zoom-in rounded-sm border border-line bg-white p-2"
      >
        {image}
      </button>
      <Dialog title={name} isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        <div className="flex justify-center rounded-sm bg-white p-2">
          <img src={src} alt={name} className="max-w-full" />
        </div>
      </Dialog>
    </>
  );
}
