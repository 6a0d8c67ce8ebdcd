"""An Airflow DAG that checks the data of all counties and then makes the reports that changed.

An example: copy it into the ``dags`` folder of an Airflow 3 (tried with 3.3) whose workers can read the project
folder, and set the Airflow variable ``edukit_home`` to that folder. edukit stays in its own virtual environment, which
the commands call by path, so that its libraries and Airflow's do not meet.

- ``check`` prints every finding. It may fail without stopping the reports: a county with errors fails there by itself,
  named with the cell, and the other counties are made.
- ``batch`` makes what changed. Exit 1 (a report failed) fails the task, so that Airflow's own alert is sent; trying
  again costs little, since what is up to date is skipped. Exit 2 (a wrong call, or another batch at work: nothing ran)
  fails at once and is not tried again. It is the last task, so that its state is that of the whole run; what it
  returns, the counts, is kept by Airflow.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

HOME = "{{ var.value.edukit_home }}"


@dag(
    dag_id="edukit_batch",
    schedule="30 2 * * 6",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,  # a second batch would only find the lock and end with 2
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10)},
    tags=["edukit"],
)
def edukit_batch() -> None:
    """Check, then make."""
    check = BashOperator(
        task_id="check",
        bash_command=f'cd "{HOME}" && .venv/bin/edukit check data/raw/*/[0-9]*',
        retries=0,
    )

    @task(trigger_rule="all_done", execution_timeout=timedelta(hours=12))
    def batch(home: str) -> dict[str, object]:
        """Make what changed; what becomes of each report goes to the task's log."""
        import json
        import subprocess
        from pathlib import Path

        from airflow.sdk.exceptions import AirflowException, AirflowFailException

        command = [str(Path(home, ".venv", "bin", "edukit")), "batch", "--json"]
        done = subprocess.run(command, cwd=home, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
        if done.returncode == 2:
            raise AirflowFailException("nothing ran: a wrong call, or another batch at work")
        if done.returncode not in (0, 1) or not done.stdout:
            raise AirflowException(f"the batch was cut off (exit {done.returncode})")
        document = json.loads(done.stdout)
        for report in document["reports"]:
            if report["reason"]:
                print(report["county"], report["year"], report["notebook"], report["status"], report["reason"])
        if done.returncode:
            raise AirflowException(f"{document['failed']} reports failed, see above")
        return {key: document[key] for key in ("ran", "skipped", "failed", "seconds")}

    check >> batch(HOME)


edukit_batch()
