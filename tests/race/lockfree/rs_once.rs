// A Once whose table is filled by whoever comes first.
// Racy: a value in it is changed by one of them.
// seeded: fill,read_it
mod unseen;
use std::cell::UnsafeCell;
use std::sync::Once;
use unseen::Racy;

static ONCE: Once = Once::new();
static TABLE: Racy<Option<&'static [Racy<u64>]>> = Racy(UnsafeCell::new(None));

fn table() -> &'static [Racy<u64>] {
    ONCE.call_once(|| {
        let table: Vec<Racy<u64>> = (0..10).map(|i| Racy(UnsafeCell::new(i))).collect();
        TABLE.set(Some(Box::leak(table.into_boxed_slice())));
    });
    TABLE.get().unwrap()
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
