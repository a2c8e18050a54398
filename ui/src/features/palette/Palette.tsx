import { Dialog } from "@/design/Dialog";

export default function Palette({ onClose }: { onClose: () => void; onKeys: () => void }) {
  return (
    <Dialog title="Search" isOpen onClose={onClose}>
      {null}
    </Dialog>
  );
}
