// A boxed value published through an AtomicPtr.
// Racy: it is changed afterwards.
// seeded: publish,lookup
mod unseen;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

struct Config {
    limit: u64,
    depth: u64,
}

static CURRENT: AtomicPtr<Config> = AtomicPtr::new(null_mut());

#[inline(never)]
fn publish() {
    let config = Box::into_raw(Box::new(Config { limit: 1, depth: 2 }));
    CURRENT.store(config, Ordering::Release);
    if cfg!(racy) {
        unsafe { (*config).depth = 3 };
    }
}

#[inline(never)]
fn lookup() -> u64 {
    let config = unsafe { &*CURRENT.load(Ordering::Acquire) };
    config.limit + config.depth
}

fn main() {
    unseen::hand_over(publish, || assert!(lookup() >= 3));
    drop(unsafe { Box::from_raw(CURRENT.load(Ordering::Relaxed)) });
}
