//! One step as a child process: started under limits in a process group of its own, watched, and
//! ended with everything it started. What its end means is in `run`.

use super::log::Log;
use super::measure::{Gauge, Usage};
use super::wish::{Order, Orders};
use super::{Limits, StepDef};
use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, prlimit, waitid};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How long a step may take to end by itself when told to.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exited(i32),
    Signalled(i32),
    /// Ended by us.
    OverMemory,
    OverCpu,
    OverTime,
    Cancelled,
    /// After staff had asked for it.
    Killed,
}

/// A step under way.
struct Running {
    child: Child,
    pid: Pid,
    gauge: Gauge,
    limits: Limits,
    began: Instant,
    told: Option<(End, Instant)>,
    /// What staff asked for and was sent.
    carried_out: Order,
    readers: Vec<std::thread::JoinHandle<()>>,
}

/// What is left of a step when it has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub end: End,
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub usage: Usage,
    pub wall_ms: i64,
}

pub(crate) struct Directories {
    pub input: PathBuf,
    pub output: PathBuf,
}

/// Runs a step to its end in a thread of its own. Cancelling `stop` ends it; so does nobody waiting.
pub(crate) fn run(
    step: StepDef,
    limits: Limits,
    params: String,
    dirs: Directories,
    log: Log,
    (stop, orders): (CancellationToken, Orders),
) -> oneshot::Receiver<io::Result<Ended>> {
    let (answer, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let watched = || {
            let mut running = start(&step, limits, &params, &dirs, &log)?;
            loop {
                running.obey(orders.order());
                if let Some(ended) = running.look(stop.is_cancelled() || answer.is_closed())? {
                    return Ok(ended);
                }
                std::thread::sleep(running.pause());
            }
        };
        let result = watched();
        let _ = answer.send(result);
    });
    ended
}

fn start(step: &StepDef, limits: Limits, params: &str, dirs: &Directories, log: &Log) -> io::Result<Running> {
    let mut command = command(&step.program);
    command.args(&step.args).arg("--in").arg(&dirs.input).arg("--out").arg(&dirs.output).arg("--params").arg(params);
    command.env_clear().env("LANG", "C.UTF-8").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(&dirs.output).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    let mut child = spawn(command)?;
    let id = child.id();
    let pid = Pid::from_child(&child);
    confine(pid, limits);
    let mut readers = Vec::new();
    readers.extend(child.stdout.take().map(|pipe| log.follow(pipe)));
    readers.extend(child.stderr.take().map(|pipe| log.follow(pipe)));
    Ok(Running { child, pid, gauge: Gauge::new(id), limits, began: Instant::now(), told: None, carried_out: Order::None, readers })
}

/// The program, behind `setpriv` where there is one: then the step dies with its worker, whatever kills
/// that, and cannot gain privileges.
fn command(program: &Path) -> Command {
    static SETPRIV: OnceLock<Option<PathBuf>> = OnceLock::new();
    let setpriv = SETPRIV.get_or_init(|| {
        let found = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().map(PathBuf::from).find(|path| {
            let help = Command::new(path).arg("--help").output();
            help.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("--pdeathsig"))
        });
        if found.is_none() {
            tracing::warn!(
                "there is no setpriv (util-linux 2.33): steps will outlive a worker that is killed until they end by themselves"
            );
        }
        found
    });
    let Some(setpriv) = setpriv else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL", "--no-new-privs", "--"]).arg(program);
    command
}

/// Starts children from one thread that never ends: the kernel sends the signal of the parent's death
/// when the *thread* that started the child ends, and threads of a runtime come and go.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, mpsc::Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in inbox {
                // Nobody waiting for the answer means the runner is gone; so shall be the child.
                if let Err(mpsc::SendError(Ok(mut child))) = answer.send(command.spawn()) {
                    let _ = child.kill();
                    let _ = child.wait();
                }
            }
        });
        orders
    });
    let gone = || io::Error::other("the thread that starts processes has ended");
    let (answer, child) = mpsc::channel();
    spawner.send((command, answer)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

/// The kernel's own limits, for the step and whatever it starts.
fn confine(pid: Pid, limits: Limits) {
    let both = |n: u64| Rlimit { current: Some(n), maximum: Some(n) };
    let cpu = Rlimit { current: Some(limits.cpu_seconds), maximum: Some(limits.cpu_seconds + 2) };
    let wanted = [(Resource::Data, both(limits.memory_bytes)), (Resource::Cpu, cpu), (Resource::Core, both(0))];
    for (resource, limit) in wanted {
        if let Err(error) = prlimit(Some(pid), resource, limit) {
            tracing::warn!(?resource, %error, "a limit of a step could not be set; it is kept by watching only");
        }
    }
}

impl Running {
    /// One look: ends the step when it is over a limit or `cancelled`; tells when it has ended.
    fn look(&mut self, cancelled: bool) -> io::Result<Option<Ended>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        // Looked at before it is reaped: until then nobody else can have its id.
        if waitid(WaitId::Pid(self.pid), options)?.is_some() {
            return self.close().map(Some);
        }
        let usage = self.gauge.look();
        let over = if cancelled {
            Some(End::Cancelled)
        } else if usage.memory_now > self.limits.memory_bytes {
            Some(End::OverMemory)
        } else if usage.cpu_ms > self.limits.cpu_seconds * 1000 {
            Some(End::OverCpu)
        } else if self.began.elapsed() > Duration::from_secs(self.limits.wall_seconds) {
            Some(End::OverTime)
        } else {
            None
        };
        match (self.told, over) {
            (None, Some(end)) => {
                self.told = Some((end, Instant::now()));
                // Memory is not given back by asking.
                self.signal(if end == End::OverMemory { Signal::KILL } else { Signal::TERM });
            }
            (Some((_, at)), _) if at.elapsed() > GRACE => self.signal(Signal::KILL),
            _ => {}
        }
        Ok(None)
    }

    /// Sends what staff asked for, once. A process that ignores TERM goes on until they ask for more.
    fn obey(&mut self, order: Order) {
        if order > self.carried_out {
            self.carried_out = order;
            self.signal(if order == Order::Kill { Signal::KILL } else { Signal::TERM });
        }
    }

    fn signal(&mut self, signal: Signal) {
        // Found before the first dies: its children would no longer be known as such.
        let others = self.gauge.others();
        // Nobody left to hear it is what was wanted.
        let _ = kill_process_group(self.pid, signal);
        for other in others {
            if let Some(pid) = i32::try_from(other).ok().and_then(Pid::from_raw) {
                let _ = kill_process(pid, signal);
            }
        }
    }

    fn close(&mut self) -> io::Result<Ended> {
        use std::os::unix::process::ExitStatusExt;
        let usage = self.gauge.close();
        self.signal(Signal::KILL);
        let status = self.child.wait()?;
        // Readers end with the last holder of the pipe; one that escaped even so is not waited for.
        let until = Instant::now() + Duration::from_millis(500);
        while self.readers.iter().any(|reader| !reader.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
        let natural = match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, Some(signal)) if signal == Signal::XCPU.as_raw() => End::OverCpu,
            (None, signal) => End::Signalled(signal.unwrap_or(0)),
        };
        let end = self.told.map_or(natural, |(end, _)| end);
        // Whatever it did after it was told to end is not to be trusted as its result, and running into a limit is no other end.
        let killed = self.carried_out > Order::None && !matches!(end, End::Cancelled);
        Ok(Ended {
            end: if killed { End::Killed } else { end },
            exit_code: status.code(),
            signal: status.signal(),
            usage,
            wall_ms: i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX),
        })
    }

    /// When to look again.
    fn pause(&self) -> Duration {
        if self.began.elapsed() < Duration::from_millis(200) { LOOK / 4 } else { LOOK }
    }
}

/// A runner that is dropped in the middle takes its step with it.
impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
