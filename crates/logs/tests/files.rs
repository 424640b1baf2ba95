//! Real files: huge, rotated, compressed, growing, cut off, led astray.

mod common;

use common::{Dir, follow, next, of, of_file, tail, want, words};
use domain::LogLevel;
use flate2::{Compression, write::GzEncoder};
use logs::{Followed, Most, Want};
use std::{
    fs::{self, File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};
use tokio::sync::mpsc;

fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|at| format!("2026-11-26T10:00:00Z INFO line {at}\n")).collect()
}

fn line_words(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|at| format!("line {at}")).collect()
}

#[tokio::test]
async fn the_end_of_ten_gigabytes_is_read_and_not_the_rest() {
    let dir = Dir::new("huge");
    let path = dir.path("app.log");
    let mut file = File::create(&path).expect("a file");
    file.seek(SeekFrom::Start(10 << 30)).expect("far away");
    write!(file, "\n{}", lines(0..5_000)).expect("written");
    let found = tail(&path, 500).await.expect("read");
    assert_eq!(words(&found.lines), line_words(4_500..5_000));
    assert!(found.done.cut.is_empty());
    // More than the real lines: it ends at the limit of bytes, not after ten gigabytes, and says so.
    let all = of_file(&path).tail("app", Want { most: Most { lines: 5_000_000, bytes: 1 << 20 }, ..want(0) }).await.expect("read");
    assert!(words(&all.lines).ends_with(&["line 4999"]) && all.done.cut.concat().contains("1048576"), "{:?}", all.done.cut);
}

#[tokio::test]
async fn what_is_missing_is_taken_from_the_rotated_ones() {
    let dir = Dir::new("rotated");
    let path = dir.write("app.log", lines(20..23));
    dir.write("app.log.1", lines(15..20));
    packed(&dir.path("app.log.2.gz"), &lines(0..15));
    for (wanted, first) in [(2, 21), (3, 20), (4, 19), (8, 15), (9, 14), (20, 3), (23, 0), (100, 0)] {
        assert_eq!(words(&tail(&path, wanted).await.expect("read").lines), line_words(first..23), "{wanted} lines");
    }
    // In the middle of a rotation.
    fs::remove_file(&path).expect("gone");
    assert_eq!(words(&tail(&path, 6).await.expect("read").lines), line_words(14..20));
    // A damaged file is said, and the rest is there.
    fs::write(dir.path("app.log.2.gz"), b"\x1f\x8b\x08\0no").expect("written");
    let found = tail(&path, 100).await.expect("read");
    assert_eq!(words(&found.lines), line_words(15..20));
    assert!(found.done.cut.concat().contains("unpacked"), "{:?}", found.done.cut);
}

fn packed(path: &Path, text: &str) {
    let mut gz = GzEncoder::new(File::create(path).expect("a file"), Compression::fast());
    gz.write_all(text.as_bytes()).expect("written");
    gz.finish().expect("packed");
}

fn of_long_ago(path: &Path) {
    File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH)).expect("set back");
}

#[tokio::test]
async fn rotated_files_may_be_called_by_their_dates() {
    for (older, old, new) in [
        ("-20261124.gz", "-20261125", "-20261126"),
        ("-2026-11-09", "-2026-11-10.gz", "-2026-11-11"),
        ("-20261125-1764028800.gz", "-20261126-1764115200.gz", "-20261126-1764118800"),
        ("-2026112609", "-2026112610", "-2026112611.gz"),
        (".2.gz", ".1", "-20261126"),
    ] {
        let dir = Dir::new("dated");
        let path = dir.write("app.log", lines(20..23));
        for (ending, text) in [(older, lines(0..5)), (old, lines(5..15)), (new, lines(15..20))] {
            let name = format!("app.log{ending}");
            if ending.ends_with(".gz") { packed(&dir.path(&name), &text) } else { drop(dir.write(&name, text)) }
        }
        of_long_ago(&dir.path(&format!("app.log{old}")));
        // Of other logs, or of none.
        for name in ["app.log-old", "app.log-12345678", "app.log.2-20261126", "my-app.log-20261126"] {
            dir.write(name, lines(90..95));
        }
        for (wanted, first) in [(3, 20), (4, 19), (9, 14), (100, 0)] {
            assert_eq!(words(&tail(&path, wanted).await.expect("read").lines), line_words(first..23), "{wanted} lines, {new}");
        }
        // While it is compressed it is there twice.
        packed(&dir.path(&format!("app.log{}.gz", old.trim_end_matches(".gz"))), &lines(5..15));
        assert_eq!(words(&tail(&path, 100).await.expect("read").lines), line_words(0..23), "{new}");
    }
}

#[tokio::test]
async fn a_pattern_that_fits_rotated_files_too_reads_each_once() {
    let dir = Dir::new("wide");
    for (name, range) in [("app.log", 20..23), ("app.log.1", 15..20), ("app.log-20261125", 5..8)] {
        dir.write(name, lines(range));
    }
    packed(&dir.path("app.log.2.gz"), &lines(8..15));
    packed(&dir.path("app.log-20261124.gz"), &lines(0..5));
    fs::write(dir.path("app.log.9.xz"), b"\xfd7zXZ\0\n\n\n").expect("written");
    of_long_ago(&dir.path("app.log-20261125"));
    let found = tail(&dir.path("app.log*"), 100).await.expect("read");
    assert_eq!(words(&found.lines), line_words(0..23));
    assert!(found.done.cut.is_empty(), "{:?}", found.done.cut);
    // Nothing but rotated ones: each is a log of its own, and what is compressed is none.
    assert_eq!(words(&tail(&dir.path("app.log.*"), 100).await.expect("read").lines), line_words(15..20));
    assert!(tail(&dir.path("*.gz"), 100).await.expect_err("none").to_string().contains("No file fits"));
}

#[tokio::test]
async fn several_files_of_a_pattern_are_one_log_by_time() {
    let dir = Dir::new("pattern");
    dir.write("a.log", "2026-11-26T10:00:00Z one\n2026-11-26T10:00:02Z three\n  of three\n");
    dir.write("b.log", "2026-11-26T10:00:01Z two\n2026-11-26T10:00:03Z four\n");
    dir.write("c.txt", "2026-11-26T10:00:01Z not this\n");
    let found = tail(&dir.path("*.log"), 10).await.expect("read");
    assert_eq!(words(&found.lines), ["one", "two", "three", "  of three", "four"]);
    assert!(tail(&dir.path("*.nothing"), 10).await.expect_err("none").to_string().contains("No file fits"));
    assert!(of(&format!("file:{}?", dir.path("*.nothing").display())).tail("app", want(5)).await.expect("optional").lines.is_empty());
}

#[tokio::test]
async fn a_link_that_leads_out_is_refused_and_so_is_what_is_no_file() {
    let (dir, outside) = (Dir::new("links"), Dir::new("outside"));
    let secret = outside.write("shadow", "root:secret\n");
    dir.write("app-7.log", lines(0..2));
    std::os::unix::fs::symlink(&secret, dir.path("out.log")).expect("a link");
    std::os::unix::fs::symlink("../../../../../../../../etc/hostname", dir.path("up.log")).expect("a link");
    std::os::unix::fs::symlink("app-7.log", dir.path("current.log")).expect("a link");
    for name in ["out.log", "up.log"] {
        let refused = tail(&dir.path(name), 10).await.expect_err("refused").to_string();
        assert!(refused.contains("leads out of") && !refused.contains("secret"), "{refused}");
    }
    assert_eq!(words(&tail(&dir.path("current.log"), 10).await.expect("read").lines), line_words(0..2));
    // Behind a pattern, too; and a follower is told.
    assert!(tail(&dir.path("*.log"), 10).await.is_err());
    let logs = of_file(&dir.path("out.log"));
    let mut followed = follow(&logs, 10);
    assert!(matches!(followed.recv().await, Some(Followed::Over(why)) if why.contains("leads out of")));
    assert!(logs.services().await[0].problem.as_deref().is_some_and(|why| why.contains("leads out of")));
    // A pipe that nobody writes to must not keep us waiting.
    assert!(Command::new("mkfifo").arg(dir.path("pipe.log")).status().expect("mkfifo runs").success());
    let refused = tokio::time::timeout(Duration::from_secs(30), tail(&dir.path("pipe.log"), 10)).await.expect("at once");
    assert!(refused.expect_err("refused").to_string().contains("is not a file"));
    fs::create_dir(dir.path("dir.log")).expect("a directory");
    assert!(tail(&dir.path("dir.log"), 10).await.is_err());
}

#[tokio::test]
async fn what_is_no_text_is_shown_and_drives_no_terminal() {
    let dir = Dir::new("bytes");
    let path = dir.write("app.log", b"2026-11-26T10:00:00Z caf\xe9 \x1b[2J\0\xff and \xe2\x80\xaemirrored\r\n\xf0\x9f\n");
    let found = tail(&path, 10).await.expect("read");
    assert_eq!(words(&found.lines), ["caf\u{fffd} \u{fffd} and \\u{202e}mirrored", "\u{fffd}"]);
}

#[tokio::test]
async fn a_key_that_began_before_the_first_line_is_still_a_key() {
    let dir = Dir::new("key");
    let key: String = (0..30).map(|_| "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDBmv2rXOWrAAAA\n").collect();
    let path = dir.write(
        "app.log",
        format!(
            "2026-11-26T10:00:00Z ERROR key:\n-----BEGIN PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n2026-11-26T10:00:01Z INFO on\n"
        ),
    );
    for wanted in 1..36 {
        let found = tail(&path, wanted).await.expect("read");
        assert!(!words(&found.lines).concat().contains("MII"), "{wanted} lines: {:?}", found.lines);
        assert_eq!(found.lines.last().map(|line| line.level), Some(Some(LogLevel::Info)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_followed_through_rotations_until_it_is_killed() {
    let dir = Dir::new("follow");
    let path = dir.path("app.log");
    let script = "i=0; while :; do i=$((i+1)); echo \"2026-11-26T10:00:00Z INFO line $i token=abc$i\" >> app.log; if [ $((i % 250)) = 0 ]; then mv app.log app.log.1; fi; sleep 0.005; done";
    let mut worker = Command::new("sh")
        .args(["-c", script])
        .current_dir(path.parent().expect("a directory"))
        .stdin(Stdio::null())
        .spawn()
        .expect("a worker");
    while !path.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let logs = of_file(&path);
    let mut followed = follow(&logs, 1_000);
    let number =
        |text: &str| text.strip_prefix("line ").and_then(|rest| rest.strip_suffix(" token=[hidden]")).and_then(|at| at.parse::<u32>().ok());
    let mut last = number(&next(&mut followed).await).expect("a line of the worker");
    for _ in 0..700 {
        let text = next(&mut followed).await;
        assert_eq!(number(&text), Some(last + 1), "{text}");
        last += 1;
    }
    worker.kill().expect("killed");
    worker.wait().expect("ended");
    // What it had written is told to its end, and what somebody writes later too.
    let mut file = OpenOptions::new().append(true).create(true).open(&path).expect("opened");
    writeln!(file, "2026-11-26T10:00:00Z INFO after").expect("written");
    loop {
        let text = next(&mut followed).await;
        if text == "after" {
            break;
        }
        assert_eq!(number(&text), Some(last + 1), "{text}");
        last += 1;
    }
    assert!(last > 500, "it was rotated twice");
}

/// Nothing more is told for as long as a follower needs to look a few times.
async fn nothing_more(followed: &mut mpsc::Receiver<Followed>) {
    tokio::time::sleep(Duration::from_millis(700)).await;
    let more = followed.try_recv();
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_writes_to_the_rotated_file_it_still_holds_is_told_once() {
    let dir = Dir::new("held");
    let path = dir.write("app.log", lines(0..1));
    let logs = of_file(&path);
    let mut followed = follow(&logs, 10);
    let mut old = OpenOptions::new().append(true).open(&path).expect("opened");
    assert_eq!(next(&mut followed).await, "line 0");
    write!(old, "2026-11-26T10:00:01Z INFO half").expect("written");
    fs::rename(&path, dir.path("app.log.1")).expect("rotated");
    let mut new = File::create(&path).expect("a file");
    writeln!(new, "2026-11-26T10:00:02Z INFO new").expect("written");
    assert_eq!(next(&mut followed).await, "new");
    nothing_more(&mut followed).await;
    writeln!(old, " of the old one").expect("written");
    assert_eq!(next(&mut followed).await, "half of the old one");
    for number in 1..4 {
        writeln!(old, "2026-11-26T10:00:03Z INFO old {number}").expect("written");
        assert_eq!(next(&mut followed).await, format!("old {number}"));
        writeln!(new, "2026-11-26T10:00:03Z INFO new {number}").expect("written");
        assert_eq!(next(&mut followed).await, format!("new {number}"));
    }
    nothing_more(&mut followed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_a_pattern_takes_no_rotated_file_for_a_new_one() {
    let dir = Dir::new("anew");
    let path = dir.write("app.log", lines(0..5));
    packed(&dir.path("app.log.2.gz"), &lines(50..55));
    let logs = of(&format!("file:{}", dir.path("app.log*").display()));
    let mut followed = follow(&logs, 1);
    assert_eq!(next(&mut followed).await, "line 4");
    for (round, name) in ["app.log.1", "app.log-20261126"].into_iter().enumerate() {
        fs::rename(&path, dir.path(name)).expect("rotated");
        // For a while there is only the rotated one.
        nothing_more(&mut followed).await;
        packed(&dir.path(&format!("app.log-2026112{round}.gz")), &lines(60..65));
        dir.write("app.log", format!("2026-11-26T10:00:00Z INFO new {round}\n"));
        assert_eq!(next(&mut followed).await, format!("new {round}"));
        nothing_more(&mut followed).await;
    }
    // What has a name of its own is new as a whole.
    dir.write("app.log-other", "2026-11-26T10:00:00Z INFO other\n");
    assert_eq!(next(&mut followed).await, "other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_cut_off_is_followed_from_its_beginning() {
    let dir = Dir::new("cut");
    let path = dir.write("app.log", lines(0..100));
    let logs = of_file(&path);
    let mut followed = follow(&logs, 2);
    assert_eq!((next(&mut followed).await, next(&mut followed).await), ("line 98".into(), "line 99".into()));
    let mut file = OpenOptions::new().append(true).open(&path).expect("opened");
    // Half a line is not told.
    write!(file, "2026-11-26T10:00:00Z INFO half").expect("written");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(followed.try_recv().is_err());
    writeln!(file, " whole").expect("written");
    assert_eq!(next(&mut followed).await, "half whole");
    file.set_len(0).expect("cut off");
    writeln!(file, "2026-11-26T10:00:00Z INFO anew").expect("written");
    assert_eq!(next(&mut followed).await, "anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_told_how_many_lines_it_missed() {
    let dir = Dir::new("slow");
    let path = dir.write("app.log", lines(0..1_000));
    let (sender, mut followed) = mpsc::channel(10);
    of_file(&path).follow("app", want(1_000), sender).expect("followed");
    let (mut told, mut missed) = (0, 0);
    while told + missed < 1_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        match tokio::time::timeout(Duration::from_secs(30), followed.recv()).await.expect("it goes on") {
            Some(Followed::Line(_)) => told += 1,
            Some(Followed::LeftOut(lines)) => missed += lines,
            other => panic!("{other:?}"),
        }
    }
    assert!((10..1_000).contains(&told) && missed > 0, "{told} told, {missed} missed");
    assert_eq!(told + missed, 1_000);
}

#[tokio::test]
async fn a_clock_that_is_wrong_disturbs_neither_the_last_lines_nor_those_since() {
    let dir = Dir::new("clock");
    let path = dir.write(
        "a.log",
        "2026-11-26T11:00:00Z INFO one\n2099-01-01T00:00:00Z INFO of a wrong clock\n  and more of it\n2026-11-26T11:30:00Z INFO two\n\
         1970-01-01T00:00:01Z WARN of another\n2026-11-26T11:59:00Z INFO three\n",
    );
    let written = ["one", "of a wrong clock", "  and more of it", "two", "of another", "three"];
    assert_eq!(words(&tail(&path, 100).await.expect("read").lines), written, "as it was written");
    assert_eq!(words(&tail(&path, 2).await.expect("read").lines), ["of another", "three"]);
    let since = Some("2026-11-26T11:15:00Z".parse().expect("a time"));
    let late = of_file(&path).tail("app", Want { since, ..want(100) }).await.expect("read");
    assert_eq!(words(&late.lines), ["of a wrong clock", "  and more of it", "two", "three"]);
    let mut followed = follow(&of_file(&path), 1);
    assert_eq!(next(&mut followed).await, "three");
    writeln!(OpenOptions::new().append(true).open(&path).expect("opened"), "2026-11-26T12:00:00Z INFO four").expect("written");
    assert_eq!(next(&mut followed).await, "four");
    // Of several files, too: what a wrong clock wrote stays where it was written.
    dir.write("b.log", "2026-11-26T11:10:00Z INFO other one\n2026-11-26T11:45:00Z INFO other two\n2098-01-01T00:00:00Z INFO of a third\n");
    let both = of(&format!("file:{}", dir.path("*.log").display()));
    let lines = both.tail("app", want(4)).await.expect("read").lines;
    assert_eq!(words(&lines), ["other two", "of a third", "three", "four"]);
}
