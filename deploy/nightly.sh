#!/bin/sh
# One night: scores, then alerts, with the settings that are given to it:
#
#   deploy/nightly.sh source=files source.path=/srv/setia/sales.parquet horizon_days=60
#
# It works in SETIA_DATA (scores.parquet and models/ lie there), adds a line for each stage to nightly.log, and ends with
# the code of the first stage that failed: 1 a fault of Setia, 2 wrong log or settings, 3 no champion, 4 another run,
# 5 a log that is too old. What failed also goes to standard error, which cron mails and systemd's journal keeps.
#
#   SETIA_DATA       folder to work in (default: the current one)
#   SETIA_PYTHON     (default: .venv of this checkout)
#   SETIA_PATIENCE   seconds to wait, three times, for another run to end (default: 600)
#   SETIA_KEEP_DAYS  delete dated scores that are older (default: keep all)
set -u
umask 077
home=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 2
python=${SETIA_PYTHON:-$home/.venv/bin/python}
cd -- "${SETIA_DATA:-.}" || exit 2

stage() { # NAME SETTING...: run a stage, and tell in one line how it ended
  name=$1 tries=3
  shift
  while :; do
    began=$(date +%s)
    said=$("$python" "$home/pipelines/$name.py" "$@" quiet=true 2>&1)
    code=$?
    [ "$code" -eq 4 ] && [ "$tries" -gt 0 ] || break
    tries=$((tries - 1))
    sleep "${SETIA_PATIENCE:-600}"
  done
  said=$(printf %s "$said" | tr -s '\n ' ' ')
  line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $name $code $(($(date +%s) - began))s ${said# }"
  printf '%s\n' "$line" >>nightly.log || return 2
  [ "$code" -eq 0 ] || printf '%s\n' "$line" >&2
  return "$code"
}

worst=0
stage score "$@" || worst=$?
case $worst in
  2 | 5) exit "$worst" ;; # the log is wrong or old: there is nothing to be alarmed by
esac
stage alert "$@" || [ "$worst" -ne 0 ] || worst=$code

if [ "$worst" -eq 0 ] && [ -n "${SETIA_KEEP_DAYS:-}" ] && [ -d models/scores ]; then
  find models/scores -type f -name '*.parquet' -mtime "+$SETIA_KEEP_DAYS" -delete
  find models/scores -mindepth 1 -type d -empty -delete
fi
exit "$worst"
