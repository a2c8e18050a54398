import { RefreshCw, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { useLiveStatus } from "@/api/hooks";
import { reconnect } from "@/api/live";
import { Button } from "@/design/Button";
import { Time } from "@/design/Time";

/** Across the top of the page when something is to be known: offline, or upgraded. */
export function Banner() {
  const { state, heard, isUpgraded } = useLiveStatus();
  if (state === "offline") {
    return (
      <Strip
        icon={<WifiOff size={15} className="text-failed" />}
        action={
          <Button isSmall onPress={reconnect}>
            Try now
          </Button>
        }
      >
        The server does not answer.{" "}
        {heard === null ? (
          "Is it running? "
        ) : (
          <>
            What you see is of <Time at={heard} length="clock" />.{" "}
          </>
        )}
        <span className="text-muted max-sm:hidden">
          Flows run on without it; start it with <code>penstock server start</code>.
        </span>
      </Strip>
    );
  }
  if (isUpgraded) {
    return (
      <Strip
        icon={<RefreshCw size={15} className="text-accent" />}
        action={
          <Button isSmall onPress={() => window.location.reload()}>
            Load anew
          </Button>
        }
      >
        The server was upgraded. This page is still the one before.
      </Strip>
    );
  }
  return null;
}

function Strip({
  icon,
  children,
  action,
}: {
  icon: ReactNode;
  children: ReactNode;
  action: ReactNode;
}) {
  return (
    <div
      role="alert"
      className="flex shrink-0 items-center gap-2.5 border-b border-line bg-selected px-4 py-1.5 text-sm"
    >
      {icon}
      <p className="min-w-0 flex-1">{children}</p>
      {action}
    </div>
  );
}
