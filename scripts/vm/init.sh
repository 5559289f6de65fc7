#!/bin/sh
# The first process of the virtual machine: makes it a Linux as the tests expect it, runs /command and switches off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb TMPDIR=/scratch
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
# Not over /tmp, which the repository may lie below. Unlike the root, it takes file capabilities.
mount -t tmpfs tmpfs /scratch
mount -t securityfs securityfs /sys/kernel/security
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t cgroup2 cgroup2 /sys/fs/cgroup
modprobe -q tun # its device file comes with it
ip link set lo up
echo " booted $(cat /proc/sys/kernel/osrelease)"
. /command
echo o >/proc/sysrq-trigger
sleep 60
