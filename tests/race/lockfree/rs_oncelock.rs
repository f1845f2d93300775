// A OnceLock that is filled by whoever comes first.
// Racy: its value is changed by one of them.
// seeded: fill,read_it
mod unseen;
use std::cell::UnsafeCell;
use std::sync::OnceLock;
use unseen::Racy;

static TABLE: OnceLock<Vec<Racy<u64>>> = OnceLock::new();

fn table() -> &'static Vec<Racy<u64>> {
    TABLE.get_or_init(|| (0..10).map(|i| Racy(UnsafeCell::new(i))).collect())
}

#[inline(never)]
fn fill() {
    let t = table();
    if cfg!(racy) {
        t[3].set(9);
    }
}

#[inline(never)]
fn read_it() -> u64 {
    table()[3].get()
}

fn main() {
    unseen::hand_over(fill, || assert!(read_it() >= 3));
}
