// SPDX-License-Identifier: GPL-2.0-only
/* The guard: one object, so that one load gives all of it or nothing. */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "skb.bpf.h"
#include "sock_addr.bpf.h"
#include "bind.bpf.h"
#include "sock.bpf.h"
#include "tcx.bpf.h"
#include "lsm_socket.bpf.h"
#include "lsm_sockopt.bpf.h"
#include "lsm_unix.bpf.h"
#include "lsm_bpf.bpf.h"
#include "lsm_file.bpf.h"
#include "lsm_inode.bpf.h"
#include "lsm_process.bpf.h"
#include "lsm_config.bpf.h"
#include "lsm_pen.bpf.h"
#include "lsm_key.bpf.h"
#include "lsm_ipc.bpf.h"
#include "lsm_mount.bpf.h"
#include "lsm_system.bpf.h"
#include "lsm_capable.bpf.h"
#include "lsm_notify.bpf.h"
#include "pen_device.bpf.h"
#include "pen_sysctl.bpf.h"
#include "cut.bpf.h"
#include "lsm_attr.bpf.h"
#include "inherit.bpf.h"
#include "admit.bpf.h"

char LICENSE[] SEC("license") = "GPL";
