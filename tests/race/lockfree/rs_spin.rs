// A spin lock of an AtomicBool.
// Racy: the total is changed outside at the end.
// seeded: add_bare,add_bare
// seeded: add_bare,add
mod unseen;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use unseen::Racy;

static TAKEN: AtomicBool = AtomicBool::new(false);
static TOTAL: Racy<u64> = Racy(UnsafeCell::new(0));

#[inline(never)]
fn add() {
    while TAKEN.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
        while TAKEN.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    }
    TOTAL.set(TOTAL.get() + 1);
    TAKEN.store(false, Ordering::Release);
}

#[inline(never)]
fn add_bare() {
    TOTAL.set(TOTAL.get() + 1);
}

fn main() {
    unseen::hand_over(
        || {
            for _ in 0..300 {
                add();
            }
            if cfg!(racy) {
                add_bare();
            }
        },
        || {
            if cfg!(racy) {
                add_bare();
            }
            for _ in 0..300 {
                add();
            }
        },
    );
    assert!(TOTAL.get() >= 600);
}
