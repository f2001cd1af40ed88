//! From an invocation to a confined process: what is prepared while all rights
//! are there, the order in which they are taken away, and what is put right in
//! the end. Called by `helper`.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Resource, Rlimit, setrlimit};
use tiro_protocol::SandboxPermission;

use super::{
    Limits,
    arguments::Run,
    capabilities,
    cgroup::Group,
    home, kernel,
    landlock::{self, Around},
    mounts::{self, Overlay, Plan},
    namespaces,
    policy::{Readable, Restrictions, Writable},
    private::Private,
    protected::Protected,
    seccomp::{self, Sockets},
    undo::Before,
};

/// Why a command is not confined, and therefore does not run.
pub(super) enum Problem {
    /// For good.
    Refused(String),
    /// Without namespaces it can.
    NoNamespaces(String),
}

/// Everything that is known before the command's process exists.
pub(super) struct Prepared {
    cwd: PathBuf,
    /// None: it may do everything.
    restrictions: Option<Restrictions>,
    /// What is mounted; none where there are no namespaces.
    plan: Option<Plan>,
    hidden: Vec<PathBuf>,
    before: Option<Before>,
    private: Private,
    memory: Memory,
    /// What lay in the copy of the home directory where tools do not write.
    strays: Vec<OsString>,
}

/// What bounds the memory of a command.
enum Memory {
    Unlimited,
    Together(Group),
    /// Bytes of address space for each process, as there can be no group.
    Each(u64),
}

impl Prepared {
    /// # Errors
    /// When a root is not there, or there is no room for a private directory.
    pub(super) fn new(run: &Run, cwd: &Path, namespaces: bool) -> Result<Self, String> {
        if run.policy.is_unrestricted() {
            return Ok(Self {
                cwd: cwd.to_path_buf(),
                restrictions: None,
                plan: None,
                hidden: Vec::new(),
                before: None,
                private: Private::given(run.temp.clone()),
                memory: Memory::Unlimited,
                strays: Vec::new(),
            });
        }
        let here = [cwd.to_path_buf()];
        let workspace = if run.workspace_roots.is_empty() { &here } else { &*run.workspace_roots };
        let mut restrictions = Restrictions::new(&run.policy, workspace, None)?;
        let mut roots = Vec::new();
        if let Writable::Below(granted) = &restrictions.writable {
            for root in granted {
                let root = existing(root)?;
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
        }
        let found = Protected::find(&roots);
        let before = Before::new(&found, &roots, namespaces);

        let user_temp = run.policy.has(&SandboxPermission::DiskWritePlatformUserTempFolder);
        let home = home::directory(std::env::var_os("HOME").as_deref().map(Path::new));
        let copied = home.clone().filter(|home| {
            namespaces
                && user_temp
                && restrictions.readable == Readable::Everything
                && !roots.iter().any(|root| home.starts_with(root))
        });
        let private = if user_temp {
            let temp = run.temp.as_deref().map(existing).transpose()?;
            Private::new(temp.as_deref(), run.state.as_deref(), copied.is_some()).map_err(
                |error| format!("no private directory could be made: {error}; set TMPDIR to one"),
            )?
        } else {
            Private::default()
        };
        let hidden = home::secrets(home.as_deref(), &run.hidden, &roots);
        if let Writable::Below(granted) = &mut restrictions.writable {
            roots.extend(private.temp.clone().filter(|temp| !roots.contains(temp)));
            granted.clone_from(&roots);
        }
        let plan = namespaces.then(|| {
            let everything = restrictions.writable == Writable::Everything;
            let layer = private.home.clone();
            let overlay = copied.map(|lower| Overlay { lower, layer });
            let mut shown =
                overlay.as_ref().map_or_else(Vec::new, |overlay| home::of_the_user(&overlay.lower));
            let covered = |path: &&Path| path.starts_with("/run") || path.starts_with("/dev/shm");
            shown.extend(Some(cwd).filter(covered).map(Path::to_path_buf));
            Plan {
                writable: (!everything).then(|| roots.clone()),
                overlay,
                shown,
                read_only: found.present.clone(),
                pinned: found.repositories.clone(),
                hidden: hidden.clone(),
                tasks: run.max_tasks,
            }
        });
        let (cwd, before) = (cwd.to_path_buf(), Some(before));
        let tasks = run.max_tasks.unwrap_or(Limits::default().tasks);
        let memory = run.max_memory.map_or(Memory::Unlimited, |bytes| {
            Group::new(bytes, tasks).map_or(Memory::Each(bytes), Memory::Together)
        });
        let strays = private.home.as_ref().map_or_else(Vec::new, |(upper, _)| home::strays(upper));
        Ok(Self {
            cwd,
            restrictions: Some(restrictions),
            plan,
            hidden,
            before,
            private,
            memory,
            strays,
        })
    }

    /// The directory that `TMPDIR` names.
    pub(super) fn temp(&self) -> Option<&Path> {
        self.private.temp.as_deref()
    }

    /// Takes the rights of this process away, in this order: each step denies
    /// what the ones before it need. `tie` is called once capabilities are gone.
    pub(super) fn confine(&self, tie: impl FnOnce() -> Result<(), String>) -> Result<(), Problem> {
        let Some(restrictions) = &self.restrictions else {
            self.enter_directory()?;
            return tie().map_err(Problem::Refused);
        };
        match &self.memory {
            Memory::Unlimited => {}
            Memory::Together(group) => group.enter().map_err(Problem::Refused)?,
            Memory::Each(bytes) => limit_address_space(*bytes).map_err(Problem::Refused)?,
        }
        let mut around = Around::default();
        if let Some(plan) = &self.plan {
            around = self.enter_namespaces(plan, restrictions.network)?;
        } else {
            around.unreadable.clone_from(&self.hidden);
            around.unreadable.push("/dev".into());
        }
        self.enter_directory()?;
        capabilities::drop_all().map_err(Problem::Refused)?;
        tie().map_err(Problem::Refused)?;
        landlock::restrict(restrictions, &around).map_err(Problem::Refused)?;
        let network = restrictions.network || around.own_network;
        let sockets = if network { Sockets::Network } else { Sockets::Pairs };
        seccomp::restrict(sockets, self.plan.is_some()).map_err(Problem::Refused)
    }

    fn enter_namespaces(&self, plan: &Plan, network: bool) -> Result<Around, Problem> {
        // A small limit must not look like a system without namespaces, where
        // less is protected.
        let limited = !matches!(self.memory, Memory::Unlimited);
        let problem = |reason: String| match limited {
            true => Problem::Refused(format!(
                "{reason}; command_max_memory_bytes (--max-memory) may be too small for the sandbox"
            )),
            false => Problem::NoNamespaces(reason),
        };
        namespaces::enter(network).map_err(|error| match error.raw_os_error() {
            Some(libc::ENOMEM | libc::ENOBUFS | libc::EAGAIN) => problem(error.to_string()),
            _ => Problem::NoNamespaces(kernel::why_not(&error)),
        })?;
        let without_overlay = mounts::build(plan).map_err(problem)?;
        let mut writable = Vec::new();
        if self.private.temp.is_some() {
            writable.push("/dev/shm".into());
        }
        let overlay = plan.overlay.as_ref().filter(|_| without_overlay.is_none());
        writable.extend(overlay.map(|overlay| overlay.lower.clone()));
        Ok(Around { own_network: !network, own_devices: true, writable, unreadable: Vec::new() })
    }

    /// By its name, as what is mounted there now is not what was there before.
    fn enter_directory(&self) -> Result<(), Problem> {
        rustix::process::chdir(&self.cwd)
            .map_err(|error| Problem::Refused(unusable(&self.cwd, &error)))
    }

    /// Puts right what the command changed and must not have; a line for the
    /// user about each, and about what is not where it seems to be. Removes what
    /// was only for it.
    pub(super) fn finish(self) -> Vec<String> {
        let mut said = self.before.map_or_else(Vec::new, |before| before.undo());
        let overlay = self.plan.as_ref().and_then(|plan| plan.overlay.as_ref());
        if let (Some(overlay), Some((upper, _))) = (overlay, &self.private.home) {
            let strays = home::strays(upper).into_iter();
            let new = strays.filter(|name| !self.strays.contains(name));
            said.extend(new.map(|name| {
                let path = overlay.lower.join(name);
                format!(
                    "`{}` was written to the private copy of the home directory and is not in the \
                     real one: write to the workspace",
                    path.display()
                )
            }));
        }
        if matches!(&self.memory, Memory::Together(group) if group.ran_out()) {
            said.push(
                "the processes of the command needed more memory than they may have together and \
                 were ended: raise command_max_memory_bytes (--max-memory)"
                    .to_owned(),
            );
        }
        said
    }
}

fn limit_address_space(bytes: u64) -> Result<(), String> {
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::As, limit)
        .map_err(|error| format!("the memory could not be limited: {error}"))
}

pub(super) fn unusable(cwd: &Path, error: &dyn std::fmt::Display) -> String {
    format!("the working directory `{}` cannot be used: {error}", cwd.display())
}

/// A root with links followed.
fn existing(root: &Path) -> Result<PathBuf, String> {
    let problem = |problem: &dyn std::fmt::Display| {
        format!(
            "the writable root `{}` cannot be granted: {problem}: create it or leave it out",
            root.display()
        )
    };
    let found = fs::metadata(root).and_then(|found| Ok((found, root.canonicalize()?)));
    match found {
        Ok((_, path)) if path.parent().is_none() => Err(problem(&"it is the whole disk")),
        Ok((found, path)) if found.is_dir() => Ok(path),
        Ok(_) => Err(problem(&"it is not a directory")),
        Err(error) => Err(problem(&error)),
    }
}
