// Clones of an Arc dropped by two threads; the last one frees.
// Racy: both write to the value.
// seeded: touch,touch
mod unseen;
use std::cell::UnsafeCell;
use std::sync::Arc;
use unseen::Racy;

struct Shared {
    marks: [Racy<u64>; 2],
}

#[inline(never)]
fn touch(shared: Arc<Shared>, who: usize) {
    let who = if cfg!(racy) { 0 } else { who };
    shared.marks[who].set(who as u64 + 1);
}

fn main() {
    for _ in 0..20 {
        let first = Arc::new(Shared { marks: [Racy(UnsafeCell::new(0)), Racy(UnsafeCell::new(0))] });
        let second = first.clone();
        unseen::hand_over(move || touch(first, 0), move || touch(second, 1));
    }
}
