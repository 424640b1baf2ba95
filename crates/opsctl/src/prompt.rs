//! Asking a person at the terminal: with echo, and without for passwords. Always on `/dev/tty`, so
//! that standard input and output stay free for pipes.

use crate::failure::Failure;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
};

/// Asks and shows what is typed; `instead` names the flag for scripts.
pub fn ask(question: &str, instead: &str) -> Result<String, Failure> {
    let mut tty = terminal(question, instead)?;
    write!(tty, "{question}: ").map_err(Failure::Output)?;
    let mut typed = Vec::new();
    let mut byte = [0];
    while tty.read(&mut byte).map_err(Failure::Output)? == 1 && byte[0] != b'\n' {
        typed.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&typed).trim().to_owned())
}

/// Asks and shows nothing of what is typed.
pub fn ask_secret(question: &str, instead: &str) -> Result<String, Failure> {
    let mut tty = terminal(question, instead)?;
    write!(tty, "{question}: ").map_err(Failure::Output)?;
    let quiet = Quiet::start(&tty)?;
    let typed = secret(&mut tty);
    drop(quiet);
    writeln!(tty).map_err(Failure::Output)?;
    typed
}

/// Key by key, because the terminal's own Ctrl-C would leave it mute.
fn secret(keys: &mut impl Read) -> Result<String, Failure> {
    const CTRL_C: u8 = 3;
    const CTRL_D: u8 = 4;
    const CTRL_U: u8 = 21;
    let mut typed: Vec<u8> = Vec::new();
    let mut byte = [0];
    loop {
        let ended = keys.read(&mut byte).map_err(Failure::Output)? == 0;
        match byte[0] {
            _ if ended => break,
            b'\n' | b'\r' | CTRL_D => break,
            CTRL_C => return Err(Failure::Usage("Given up; nothing was sent.".to_owned())),
            CTRL_U => typed.clear(),
            8 | 127 => {
                // One character, which in UTF-8 may be several bytes.
                while typed.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            byte => typed.push(byte),
        }
    }
    String::from_utf8(typed).map_err(|_| Failure::Usage("What was typed is not UTF-8 text.".to_owned()))
}

fn terminal(question: &str, instead: &str) -> Result<File, Failure> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|_| Failure::Usage(format!("{question}: there is no terminal to ask at. Use {instead}.")))
}

/// The terminal without echo, as long as this lives.
struct Quiet {
    tty: File,
    before: Termios,
}

impl Quiet {
    fn start(tty: &File) -> Result<Self, Failure> {
        let tty = tty.try_clone().map_err(Failure::Output)?;
        let before = tcgetattr(&tty).map_err(|why| Failure::Output(why.into()))?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&tty, OptionalActions::Flush, &quiet).map_err(|why| Failure::Output(why.into()))?;
        Ok(Self { tty, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nothing better can be done with a terminal that refuses its own settings.
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_what_is_typed_unseen() {
        let typed = |keys: &str| secret(&mut keys.as_bytes());
        assert_eq!(typed("hunter2\nrest").expect("typed"), "hunter2");
        assert_eq!(typed("paß\u{7f}ss\r").expect("typed"), "pass");
        assert_eq!(typed("wrong\u{15}right\n").expect("typed"), "right");
        assert_eq!(typed("abc\u{3}").expect_err("given up").exit_code(), 2);
    }
}
