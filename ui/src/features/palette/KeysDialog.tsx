import { findShortcuts } from "@/app/keys";
import { Dialog } from "@/design/Dialog";

/** The keys that do something on the page shown. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const shortcuts = findShortcuts();
  const groups = [...new Set(shortcuts.map(({ group }) => group))];
  return (
    <Dialog title="Keys" isOpen onClose={onClose}>
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group}>
            <h3 className="mb-1 text-xs text-muted">{group}</h3>
            <dl>
              {shortcuts
                .filter((shortcut) => shortcut.group === group)
                .map(({ keys, what }) => (
                  <div key={keys} className="flex items-center justify-between gap-4 py-1 text-sm">
                    <dt>{what}</dt>
                    <dd className="flex gap-1">
                      {keys.split(" ").map((key) => (
                        <kbd
                          key={key}
                          className="min-w-5 rounded-sm border border-line bg-page px-1 text-center"
                        >
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
