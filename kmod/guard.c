// SPDX-License-Identifier: GPL-2.0-only
/*
 * The question whether an access may happen, and the struct_ops by which the
 * guard answers its half of it. The module's half: is the caller in the
 * tenant's cgroup? Nothing attached means no.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/module.h>

#include "cloison_private.h"
#include "trace.h"

static struct cloison_guard_ops __rcu *attached;
/* Serialises attach, detach and swap. */
static DEFINE_MUTEX(attach_lock);

bool cloison_guard_attached(void)
{
	return rcu_access_pointer(attached);
}

static enum cloison_denial judge(const struct cloison_node *node,
				 const struct cloison_guard_ops *ops,
				 const struct cloison_access *access, struct cgroup *cgroup)
{
	struct cgroup *tenants = rcu_dereference(node->tenant->cgroup);

	if (!tenants || !cgroup_is_descendant(cgroup, tenants))
		return CLOISON_DENIED_TENANT;
	if (!ops)
		return CLOISON_DENIED_NO_GUARD;
	return ops->admit(access, cgroup) ? CLOISON_DENIED_BY_GUARD : 0;
}

/* Inside cloison_srcu, for the guard's sake, and RCU, for the cgroup's. */
static int admit_task(const struct cloison_node *node, enum cloison_access_kind kind,
		      struct task_struct *task)
{
	const struct cloison_guard_ops *ops = srcu_dereference(attached, &cloison_srcu);
	struct cgroup *cgroup = task_dfl_cgroup(task);
	const struct cloison_access access = {
		.tenant = node->tenant->number,
		.region = node->region->number,
		.kind = kind,
		.generation = node->region->generation,
		.cgroup_id = cgroup_id(cgroup),
	};
	enum cloison_denial why = judge(node, ops, &access, cgroup);

	if (!why)
		return 0;
	trace_cloison_deny(node, kind, why, access.cgroup_id);
	if (ops && ops->denied)
		ops->denied(&access, why);
	return -EACCES;
}

/**
 * cloison_admit_current - may the caller make this access now?
 * @node: by which node
 * @kind: how
 *
 * Inside cloison_srcu until the access has been made.
 *
 * Return: 0 or -EACCES.
 */
int cloison_admit_current(const struct cloison_node *node, enum cloison_access_kind kind)
{
	int ret;

	rcu_read_lock();
	ret = admit_task(node, kind, current);
	rcu_read_unlock();
	return ret;
}

/**
 * cloison_admit_mm - may the owner of an address space still map a region?
 * @node: by which node it is mapped
 * @mm: by whom
 *
 * An address space that several processes share is judged by its owner.
 *
 * Return: 0 or -EACCES.
 */
int cloison_admit_mm(const struct cloison_node *node, struct mm_struct *mm)
{
	struct task_struct *task;
	int ret = -EACCES;

	rcu_read_lock();
	task = rcu_dereference(mm->owner);
	if (task)
		ret = admit_task(node, CLOISON_ACCESS_SWEEP, task);
	rcu_read_unlock();
	return ret;
}

/*
 * With no guard to ask: what neither is a socket nor leads anywhere, as the kernel's
 * other files (eventfd, epoll, BPF, rings) might.
 */
static bool harmless(const struct file *file)
{
	umode_t mode = file_inode(file)->i_mode;

	return S_ISREG(mode) || S_ISFIFO(mode) || S_ISCHR(mode);
}

/**
 * cloison_guard_inherits - may a task that came into a tenant keep a file?
 * @file: of the caller's, who is that task
 * @cgroup: the tenant's, or what confines a stray. Under RCU
 */
bool cloison_guard_inherits(struct file *file, struct cgroup *cgroup)
{
	const struct cloison_guard_ops *ops;
	bool keeps;
	int idx;

	idx = srcu_read_lock(&cloison_srcu);
	ops = srcu_dereference(attached, &cloison_srcu);
	keeps = ops && ops->inherits ? !ops->inherits(file, cgroup) : harmless(file);
	srcu_read_unlock(&cloison_srcu, idx);
	return keeps;
}

/**
 * cloison_guard_confines - does the guard confine a cgroup that belongs to no tenant?
 * @cgroup: any of cgroup v2. Under RCU
 *
 * Return: the depth of the cgroup that confines it, or 0.
 */
int cloison_guard_confines(struct cgroup *cgroup)
{
	const struct cloison_guard_ops *ops;
	int idx, level;

	idx = srcu_read_lock(&cloison_srcu);
	ops = srcu_dereference(attached, &cloison_srcu);
	level = ops && ops->confines ? ops->confines(cgroup) : 0;
	srcu_read_unlock(&cloison_srcu, idx);
	return level;
}

/* ---- struct_ops -------------------------------------------------------- */

static int guard_reg(void *kdata, struct bpf_link *link)
{
	int ret = 0;

	mutex_lock(&attach_lock);
	if (rcu_access_pointer(attached)) {
		ret = -EBUSY;
	} else {
		rcu_assign_pointer(attached, (struct cloison_guard_ops *)kdata);
		pr_info("guard attached\n");
		trace_cloison_guard("attach");
	}
	mutex_unlock(&attach_lock);
	return ret;
}

/* When this returns no access that the guard admitted is left. */
static void guard_unreg(void *kdata, struct bpf_link *link)
{
	mutex_lock(&attach_lock);
	if (rcu_access_pointer(attached) == kdata) {
		RCU_INIT_POINTER(attached, NULL);
		/* At once; the wait may last, see sweep(). */
		cloison_mappings_zap_all(NULL);
		synchronize_srcu_expedited(&cloison_srcu);
		cloison_mappings_zap_all(NULL);
		pr_warn("guard detached: no access is admitted\n");
		trace_cloison_guard("detach");
	}
	mutex_unlock(&attach_lock);
}

/* Mappings live through a swap; the new guard is asked about them at once. */
static int guard_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	int ret = 0;

	mutex_lock(&attach_lock);
	if (rcu_access_pointer(attached) != old_kdata) {
		ret = -ESTALE;
	} else {
		rcu_assign_pointer(attached, (struct cloison_guard_ops *)kdata);
		synchronize_srcu_expedited(&cloison_srcu);
		cloison_sweep_now();
		pr_info("guard swapped\n");
		trace_cloison_guard("swap");
	}
	mutex_unlock(&attach_lock);
	return ret;
}

static int guard_validate(void *kdata)
{
	const struct cloison_guard_ops *ops = kdata;

	return ops->admit ? 0 : -EINVAL;
}

/* All are called inside an RCU read section. */
static int guard_check_member(const struct btf_type *t, const struct btf_member *member,
			      const struct bpf_prog *prog)
{
	return prog->sleepable ? -EINVAL : 0;
}

static int guard_init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
			     const void *udata)
{
	return 0;
}

static int guard_init(struct btf *btf)
{
	return 0;
}

static const struct bpf_func_proto *guard_func_proto(enum bpf_func_id id,
						     const struct bpf_prog *prog)
{
	return bpf_base_func_proto(id, prog);
}

static bool guard_valid_access(int off, int size, enum bpf_access_type type,
			       const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

/* Without btf_struct_access the verifier refuses every write. */
static const struct bpf_verifier_ops guard_verifier_ops = {
	.get_func_proto = guard_func_proto,
	.is_valid_access = guard_valid_access,
};

/* The names of the parameters are what the verifier goes by. */
static int guard_stub_admit(const struct cloison_access *access, struct cgroup *cgrp)
{
	return -EACCES;
}

static void guard_stub_denied(const struct cloison_access *access, enum cloison_denial why)
{
}

static int guard_stub_confines(struct cgroup *cgrp)
{
	return 0;
}

static int guard_stub_inherits(struct file *file, struct cgroup *cgrp)
{
	return -EACCES;
}

#ifdef CLOISON_OTHER_SHAPE
static void guard_stub_other(const struct cloison_access *access)
{
}
#endif

static struct cloison_guard_ops guard_stubs = {
	.admit = guard_stub_admit,
	.denied = guard_stub_denied,
	.confines = guard_stub_confines,
	.inherits = guard_stub_inherits,
#ifdef CLOISON_OTHER_SHAPE
	.other = guard_stub_other,
#endif
};

static struct bpf_struct_ops bpf_cloison_guard_ops = {
	.verifier_ops = &guard_verifier_ops,
	.init = guard_init,
	.check_member = guard_check_member,
	.init_member = guard_init_member,
	.reg = guard_reg,
	.unreg = guard_unreg,
	.update = guard_update,
	.validate = guard_validate,
	.cfi_stubs = &guard_stubs,
	.owner = THIS_MODULE,
	.name = "cloison_guard_ops",
};

/*
 * Registration succeeds without doing anything when the module has no BTF, and
 * then no guard could ever be attached. Say so now, with the remedy.
 */
int cloison_guard_init(void)
{
	if (!THIS_MODULE->btf_data_size) {
		pr_err("this build has no BTF, so no guard could attach: install pahole (dwarves) and the kernel's vmlinux beside its headers, then rebuild\n");
		return -ENOEXEC;
	}
	return register_bpf_struct_ops(&bpf_cloison_guard_ops, cloison_guard_ops);
}
