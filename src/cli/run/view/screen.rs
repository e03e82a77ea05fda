use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, getpgrp, getpid, kill_process};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr,
};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Read as _, Write};
use std::os::fd::AsFd as _;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

/// Most bytes of other lines on standard error that are kept until the view is closed.
const HELD_MAX: usize = 64 * 1024;
/// Tries to get the terminal back from a view that is drawing, [`GIVE_BACK_PAUSE`] apart.
const GIVE_BACK_TRIES: u32 = 20;
const GIVE_BACK_PAUSE: Duration = Duration::from_millis(10);
/// What a special character of a terminal is set to that is not to exist (`_POSIX_VDISABLE`).
const NO_CHARACTER: u8 = 0;

/// Why there is no live view.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// Standard error goes somewhere else.
    #[error("standard error is no terminal")]
    NoTerminal,
    /// It cannot move its cursor.
    #[error("the terminal is too simple (TERM=dumb)")]
    Simple,
    /// Somebody else has the terminal.
    #[error("this command runs in the background")]
    Background,
    /// The system refuses something.
    #[error("the terminal cannot be used: {0}")]
    System(#[from] io::Error),
    /// The system gives no thread.
    #[error("no thread can be started: {0}")]
    Thread(#[source] io::Error),
}

/// How the terminal was before the view was opened; there is one as long as it is.
static BEFORE: Mutex<Option<Before>> = Mutex::new(None);

struct Before {
    terminal: File,
    modes: Termios,
}

/// Puts the terminal back into the shape that it had, if a view is open: to be called before the process is ended at once.
pub fn give_back() {
    for _ in 0..GIVE_BACK_TRIES {
        match BEFORE.try_lock() {
            Ok(mut before) => return leave(before.take()),
            Err(TryLockError::Poisoned(before)) => return leave(before.into_inner().take()),
            // It is being drawn on; a terminal that takes nothing is not waited for.
            Err(TryLockError::WouldBlock) => std::thread::sleep(GIVE_BACK_PAUSE),
        }
    }
}

fn leave(before: Option<Before>) {
    let Some(Before { mut terminal, modes }) = before else { return };
    // Where one of these fails the terminal is gone, and nothing can be done about it.
    let _ = leave_alternate(&mut terminal);
    let _ = tcsetattr(&terminal, OptionalActions::Now, &modes);
    let _ = rustix::stdio::dup2_stderr(&terminal);
}

fn enter_alternate(terminal: &mut impl Write) -> io::Result<()> {
    execute!(terminal, EnterAlternateScreen, Hide)
}

fn leave_alternate(terminal: &mut impl Write) -> io::Result<()> {
    execute!(terminal, LeaveAlternateScreen, Show)
}

/// The terminal behind standard error, as a screen. What others write to standard error meanwhile is held back until the screen
/// is dropped. Ctrl-C remains a signal.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<File>>>,
    /// The same terminal, to be asked for its size.
    sized: File,
    size: Rect,
    keys: Option<File>,
    others: File,
    held: Vec<u8>,
    /// Where the last line begins that was not shown yet.
    unseen: usize,
    asked_to_end: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> Result<Self, ScreenError> {
        let stderr = io::stderr();
        if !stderr.is_terminal() {
            return Err(ScreenError::NoTerminal);
        }
        if is_simple() {
            return Err(ScreenError::Simple);
        }
        // Where this is no terminal of a session, there is no background either.
        if tcgetpgrp(&stderr).is_ok_and(|group| group != getpgrp()) {
            return Err(ScreenError::Background);
        }
        let own = || stderr.as_fd().try_clone_to_owned().map(File::from);
        let (mut drawn, kept) = (own()?, own()?);
        let modes = tcgetattr(&drawn).map_err(io::Error::from)?;
        let size = size_of(&drawn)?;
        let keys = keys();
        let (others, own_end) =
            pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(io::Error::from)?;
        tcsetattr(&drawn, OptionalActions::Now, &quiet(modes.clone())).map_err(io::Error::from)?;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Before { terminal: kept, modes });
        let mut enter = || {
            enter_alternate(&mut drawn)?;
            rustix::stdio::dup2_stderr(&own_end).map_err(io::Error::from)?;
            let options = TerminalOptions { viewport: Viewport::Fixed(size) };
            Terminal::with_options(CrosstermBackend::new(BufWriter::new(drawn.try_clone()?)), options)
        };
        match enter() {
            Ok(terminal) => Ok(Screen {
                terminal,
                sized: drawn,
                size,
                keys,
                others: File::from(others),
                held: Vec::new(),
                unseen: 0,
                asked_to_end: false,
            }),
            Err(error) => {
                give_back();
                Err(error.into())
            }
        }
    }

    /// Draws a frame, unless the terminal was given back already.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() {
            self.terminal.draw(render)?;
        }
        Ok(())
    }

    /// Follows the size of the terminal; whether it has changed.
    pub fn fit(&mut self) -> bool {
        let Ok(size) = size_of(&self.sized) else { return false };
        let changed = size != self.size;
        if changed {
            self.size = size;
            // What cannot be cleared now is drawn over.
            let _ = self.terminal.resize(size);
        }
        changed
    }

    /// The last whole line that somebody else has written to standard error, once.
    pub fn last_line(&mut self) -> Option<String> {
        self.hold();
        let end = self.held.iter().rposition(|byte| *byte == b'\n')?;
        if end < self.unseen {
            return None;
        }
        self.unseen = end + 1;
        let line = self.held[..end].rsplit(|byte| *byte == b'\n').next()?;
        Some(String::from_utf8_lossy(line).into_owned())
    }

    /// Waits for a key, and ends the run in order where it is `q`.
    pub fn wait(&mut self, longest: Duration) {
        let Some(keys) = &mut self.keys else {
            std::thread::sleep(longest);
            return;
        };
        let nanoseconds = i64::from(longest.subsec_nanos());
        let timeout = Timespec { tv_sec: longest.as_secs().cast_signed(), tv_nsec: nanoseconds };
        let ready = poll(&mut [PollFd::new(keys, PollFlags::IN)], Some(&timeout));
        if !matches!(ready, Ok(1..)) {
            return;
        }
        let mut typed = [0; 64];
        match keys.read(&mut typed) {
            Ok(read @ 1..) if typed[..read].contains(&b'q') && !self.asked_to_end => {
                // Once: a second signal aborts, and who wants that says so by Ctrl-C.
                self.asked_to_end = true;
                // The handler takes it as it takes Ctrl-C.
                let _ = kill_process(getpid(), Signal::INT);
            }
            Ok(1..) => {}
            // Nobody types there any more.
            Ok(0) | Err(_) => self.keys = None,
        }
    }

    /// Takes in what others have written to standard error.
    fn hold(&mut self) {
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = self.others.read(&mut part) {
            let room = HELD_MAX.saturating_sub(self.held.len());
            self.held.extend_from_slice(&part[..read.min(room)]);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.hold();
        give_back();
        self.hold();
        // Where standard error takes nothing, nobody is there to be told.
        let _ = io::stderr().write_all(&self.held);
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("size", &self.size).finish_non_exhaustive()
    }
}

/// What is typed comes at once and is not shown, and cannot stop the process or its output; Ctrl-C still is a signal.
fn quiet(mut modes: Termios) -> Termios {
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    modes.input_modes.remove(InputModes::IXON);
    for code in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
        modes.special_codes[code] = NO_CHARACTER;
    }
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    modes
}

/// Where keys come from: standard input, or else the terminal of the session.
fn keys() -> Option<File> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return stdin.as_fd().try_clone_to_owned().ok().map(File::from);
    }
    File::open("/dev/tty").ok()
}

fn size_of(terminal: &File) -> Result<Rect, io::Error> {
    let size = tcgetwinsize(terminal)?;
    // A terminal that knows nothing of its size is as the first ones were.
    let or = |given: u16, usual: u16| if given == 0 { usual } else { given };
    Ok(Rect::new(0, 0, or(size.ws_col, 80), or(size.ws_row, 24)))
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn is_simple() -> bool {
    std::env::var("TERM").is_ok_and(|name| name == "dumb")
}
