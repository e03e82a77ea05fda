use super::draw::draw;
use super::screen::{Screen, ScreenError};
use super::state::State;
use crate::load::Progress;
use crate::metrics::Shown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use tokio::sync::watch;

/// How often keys, the size of the terminal, and the end of the run are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a terminal that takes nothing can hold up the end of a run.
const END_WITHIN: Duration = Duration::from_secs(2);

/// The view, on a thread of its own, until it is dropped; then the terminal is as it was.
#[derive(Debug)]
pub struct View {
    over: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl View {
    /// Opens the view.
    ///
    /// # Errors
    /// There is no terminal that could show it; nothing has changed then.
    pub fn open(progress: watch::Receiver<Progress>, shown: Shown) -> Result<Self, ScreenError> {
        let screen = Screen::open()?;
        let over = Arc::new(AtomicBool::new(false));
        let (end, ended) = sync_channel(1);
        let is_over = Arc::clone(&over);
        let work = move || {
            // Sent when the screen is gone, in a panic, too.
            let _end = end;
            show(screen, progress, State::new(shown), &is_over);
        };
        let thread = std::thread::Builder::new().name("ciba-view".to_owned());
        thread.spawn(work).map_err(ScreenError::Thread)?;
        Ok(View { over, ended })
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // It is disconnected when the thread has ended.
        let _ = self.ended.recv_timeout(END_WITHIN);
    }
}

fn show(mut screen: Screen, mut progress: watch::Receiver<Progress>, mut state: State, over: &AtomicBool) {
    let mut stale = true;
    loop {
        let is_over = over.load(Ordering::Acquire);
        if progress.has_changed().unwrap_or(false) {
            let now = progress.borrow_and_update().clone();
            state.update(now);
            stale = true;
        }
        if let Some(line) = screen.last_line() {
            state.note = Some(line);
            stale = true;
        }
        stale |= screen.fit();
        // A terminal that is gone is no reason to end the run.
        if stale && screen.draw(|frame| draw(frame, &state)).is_ok() {
            stale = false;
        }
        if is_over {
            return;
        }
        screen.wait(LOOK_EVERY);
    }
}
