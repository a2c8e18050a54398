import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { IconButton } from "@/design/Button";

type Props = {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom, the one that does it last. */
  actions?: ReactNode;
  isWide?: boolean;
};

/** A dialog over the page. Escape and a click beside it close it. */
export function Dialog({ title, isOpen, onClose, children, actions, isWide = false }: Props) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(isNowOpen) => {
        if (!isNowOpen) onClose();
      }}
      isDismissable
      className="fixed inset-0 z-40 flex items-start justify-center overflow-y-auto bg-veil p-4 pt-[12vh]"
    >
      <Modal className={`pop w-full ${isWide ? "max-w-3xl" : "max-w-lg"}`}>
        <AriaDialog className="flex max-h-[76vh] flex-col outline-none">
          <header className="flex items-center justify-between gap-4 border-b border-line py-2.5 pr-2.5 pl-4">
            <Heading slot="title" className="text-lg font-semibold">
              {title}
            </Heading>
            <IconButton label="Close" isSmall onPress={onClose}>
              <X size={16} />
            </IconButton>
          </header>
          <div className="min-h-0 overflow-y-auto px-4 py-3.5">{children}</div>
          {actions !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
              {actions}
            </footer>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
