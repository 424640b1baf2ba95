//! The life of a private cluster against a real PostgreSQL: start, stop, crash, left-overs, and processes racing for the
//! shared one. What SQL does inside is tested by the crates that own it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cluster::{Cluster, Error, Options, Running};
use rustix::process::{Pid, Signal, kill_process};

/// A directory of one test, removed at its end.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("ops-life-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn start(dir: &Path) -> Running {
    Cluster::start(dir, &Options { shared_buffers_mb: 16, ..Options::throwaway() }).unwrap()
}

fn sql(running: &Running, statement: &str) -> String {
    let url = running.url(running.superuser(), "postgres");
    let psql = running.binaries().program("psql");
    let out = Command::new(psql).args(["-XAtqc", statement, &url]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[test]
fn starts_answers_stops_and_keeps_its_data() {
    let dir = Dir::new("start");
    let running = start(&dir.0);
    assert_eq!(sql(&running, "SHOW listen_addresses"), "");
    assert_eq!(sql(&running, "SHOW server_encoding"), "UTF8");
    assert_eq!(sql(&running, "SHOW data_checksums"), "on");
    sql(&running, "CREATE TABLE kept AS SELECT 42 AS n");
    let second = Cluster::start(&dir.0, &Options::throwaway()).unwrap_err();
    assert!(matches!(second, Error::InUse { .. }), "{second}");
    let pid = running.pid();
    running.stop().unwrap();
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the server is gone and reaped");

    let again = start(&dir.0);
    assert_eq!(sql(&again, "SELECT n FROM kept"), "42");
}

#[test]
fn a_durable_cluster_is_durable() {
    let dir = Dir::new("durable");
    let running = Cluster::start(&dir.0, &Options::default()).unwrap();
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(sql(&running, &format!("SHOW {setting}")), "on");
    }
    assert_eq!(sql(&running, "SELECT auth_method FROM pg_hba_file_rules WHERE type <> 'local' LIMIT 1"), "reject");
}

/// A clone under `/root` is such a place. An ordinary user runs the database itself and can always enter.
#[test]
fn starts_below_a_directory_the_databases_user_may_not_enter() {
    let dir = Dir::new("closed");
    std::fs::set_permissions(&dir.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    let asked = dir.0.join("data");
    let moved = |running: &Running| (!running.pgdata().starts_with(&asked)).then(|| running.pgdata().parent().unwrap().to_owned());
    let running = start(&asked);
    sql(&running, "CREATE TABLE kept AS SELECT 3 AS n");
    let first = moved(&running);
    running.stop().unwrap();
    let again = start(&asked);
    assert_eq!(sql(&again, "SELECT n FROM kept"), "3");
    assert_eq!(moved(&again), first);
    again.stop().unwrap();
    std::fs::remove_dir_all(&asked).unwrap();
    let fresh = start(&asked);
    assert_eq!(sql(&fresh, "SELECT to_regclass('kept') IS NULL"), "t", "a removed data directory is a fresh start");
    let second = moved(&fresh);
    fresh.stop().unwrap();
    for place in first.into_iter().chain(second) {
        std::fs::remove_dir_all(place).unwrap();
    }
}

#[test]
fn settings_given_win() {
    let dir = Dir::new("settings");
    let options = Options { settings: vec![("application_name".into(), "it's ours".into())], ..Options::throwaway() };
    let running = Cluster::start(&dir.0, &options).unwrap();
    let text = sql(&running, "SELECT setting FROM pg_file_settings WHERE name = 'application_name' AND applied");
    assert_eq!(text, "it's ours");
}

#[test]
fn starts_again_after_its_server_was_killed() {
    let dir = Dir::new("killed");
    let running = start(&dir.0);
    sql(&running, "CREATE TABLE kept AS SELECT 7 AS n");
    sql(&running, "CHECKPOINT");
    let pid = Pid::from_raw(i32::try_from(running.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while running.is_alive() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!running.is_alive());
    assert!(running.pgdata().join("postmaster.pid").exists(), "a killed server leaves its file behind");
    drop(running);
    assert_eq!(sql(&start(&dir.0), "SELECT n FROM kept"), "7");
}

#[test]
fn a_pid_file_naming_somebody_else_does_not_stop_the_start() {
    let dir = Dir::new("stale");
    let running = start(&dir.0);
    let file = running.pgdata().join("postmaster.pid");
    let written = std::fs::read_to_string(&file).unwrap();
    let own = running.pid().to_string();
    running.stop().unwrap();
    // This very test process: alive, but no server. Postgres itself would refuse to start.
    std::fs::write(&file, written.replacen(&own, &std::process::id().to_string(), 1)).unwrap();
    assert_eq!(sql(&start(&dir.0), "SELECT 1"), "1");
}

#[test]
fn the_server_ends_with_its_killed_parent() {
    let dir = Dir::new("orphan");
    let mut parent = again("hold_a_cluster", &dir.0).env("OPS_HOLD", &dir.0).spawn().unwrap();
    let told = dir.0.join("pid");
    let pid = wait_for(|| std::fs::read_to_string(&told).ok().filter(|text| !text.is_empty()));
    parent.kill().unwrap();
    parent.wait().unwrap();
    let proc = PathBuf::from(format!("/proc/{pid}/cwd"));
    wait_for(|| std::fs::read_link(&proc).is_err().then_some(()));
    assert_eq!(sql(&start(&dir.0), "SELECT 1"), "1");
}

#[test]
#[ignore = "the parent that another test starts and kills"]
fn hold_a_cluster() {
    let dir = PathBuf::from(std::env::var_os("OPS_HOLD").expect("started by the test"));
    // From a thread that ends at once: the server must outlive the thread that asked for it.
    let running = std::thread::spawn({
        let dir = dir.clone();
        move || start(&dir)
    });
    let running = running.join().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(sql(&running, "SELECT 1"), "1");
    std::fs::write(dir.join("pid"), running.pid().to_string()).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn processes_racing_for_the_shared_cluster_get_one() {
    let dir = Dir::new("race");
    let racers: Vec<Child> = (0..4).map(|_| again("race_once", &dir.0).spawn().unwrap()).collect();
    let mut told = Vec::new();
    for racer in racers {
        let out = racer.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{text}\n{}", String::from_utf8_lossy(&out.stderr));
        told.push(text.lines().find_map(|line| line.split_once("RACED ")).map(|(_, rest)| rest.to_owned()).unwrap());
    }
    let server = |line: &String| line.split(' ').next().unwrap().to_owned();
    assert!(told.iter().all(|line| server(line) == server(&told[0])), "one server: {told:?}");
    let names: std::collections::BTreeSet<&String> = told.iter().collect();
    assert_eq!(names.len(), told.len(), "a database each: {told:?}");
    let status = again("race_ends", &dir.0).status().unwrap();
    assert!(status.success());
    let left: Vec<_> = std::fs::read_dir(&dir.0).unwrap().flatten().filter(|entry| entry.path().is_dir()).collect();
    assert!(left.is_empty(), "stopped and removed: {left:?}");
}

#[test]
#[ignore = "one of the racers another test starts"]
fn race_once() {
    let database = cluster::scratch().unwrap().fresh_database().unwrap();
    assert_eq!(database.sql("SELECT current_database()").unwrap(), database.name);
    let since = database.sql("SELECT extract(epoch FROM pg_postmaster_start_time())").unwrap();
    println!("\nRACED {since} {}", database.name);
}

#[test]
#[ignore = "another test ends its racers' cluster with it"]
fn race_ends() {
    cluster::stop_scratch().unwrap();
}

#[test]
fn a_scratch_database_goes_with_its_value() {
    let shared = cluster::scratch().unwrap();
    let database = shared.fresh_database().unwrap();
    let name = database.name.clone();
    let there = |name: &str| shared.sql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")).unwrap();
    assert_eq!(there(&name), "1");
    assert!(database.sql("SELECT 1/0").unwrap_err().to_string().contains("division by zero"));
    drop(database);
    assert_eq!(there(&name), "0");
}

/// This test binary again, running one test, with `dir` as its place for temporary files.
fn again(test: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env("TMPDIR", dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited 30 s in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
