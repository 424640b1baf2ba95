#!/bin/sh
# A container engine for the tests of logs: podman, with all it keeps in a directory and nothing of the machine's own.
#   podman.sh DIR serve                        answers at DIR/engine.sock until it is ended
#   podman.sh DIR run SCRIPT [OPTIONS]         runs SCRIPT in busybox, whose root is DIR/rootfs
#   podman.sh DIR end                          ends and removes every container
set -eu
dir=${1%/}
what=$2
shift 2

# runc and plain cgroups: what a machine without systemd, or with cgroups of both versions, can do as well.
engine() {
  exec podman --root "$dir/store" --runroot "$dir/state" --tmpdir "$dir/tmp" --storage-driver vfs \
    --runtime runc --cgroup-manager cgroupfs --events-backend file "$@"
}

case $what in
serve) engine system service --time 0 "unix://$dir/engine.sock" ;;
run)
  script=$1
  shift
  mkdir -p "$dir/rootfs/bin"
  # One that runs cannot be written over.
  [ -e "$dir/rootfs/bin/sleep" ] || cp "$(command -v busybox)" "$dir/rootfs/bin/busybox"
  ln -sf busybox "$dir/rootfs/bin/sleep"
  # Limits that may be set without asking for more than we have.
  engine run --network none --ulimit nofile=256:256 --ulimit nproc=256:256 "$@" --rootfs "$dir/rootfs" /bin/busybox sh -c "$script"
  ;;
end) engine rm --all --force --time 0 ;;
esac
