// A cell is filled, then a flag stored with Release and loaded with Acquire.
// Racy: the cell is filled afterwards.
// seeded: publish,lookup
mod unseen;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use unseen::Racy;

static READY: AtomicBool = AtomicBool::new(false);
static VALUE: Racy<u64> = Racy(UnsafeCell::new(0));

#[inline(never)]
fn publish() {
    if cfg!(not(racy)) {
        VALUE.set(7);
    }
    READY.store(true, Ordering::Release);
    if cfg!(racy) {
        VALUE.set(7);
    }
}

#[inline(never)]
fn lookup() -> u64 {
    if READY.load(Ordering::Acquire) { VALUE.get() } else { 0 }
}

fn main() {
    unseen::hand_over(publish, || assert_eq!(lookup(), 7));
}
