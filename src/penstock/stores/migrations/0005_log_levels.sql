-- since: 0.1.0
-- What people look for first in a long log.

-- Few lines are warnings or worse, and an ordinary line never enters it.
CREATE INDEX log_by_warning ON log (flow_run) WHERE level >= 30;
