// Vectors sent through std::sync::mpsc.
// Racy: the sender keeps a pointer to what it has sent and writes there.
// seeded: send_one,receive_one
mod unseen;
use std::sync::mpsc::{channel, Receiver, Sender};

#[inline(never)]
fn send_one(to: &Sender<Vec<u64>>, n: u64) {
    let mut message = vec![n; 4];
    let kept = message.as_mut_ptr();
    to.send(message).unwrap();
    if cfg!(racy) {
        unsafe { kept.add(1).write_volatile(0) };
    }
}

#[inline(never)]
fn receive_one(from: &Receiver<Vec<u64>>) -> u64 {
    let message = from.recv().unwrap();
    let sum = message[0] + message[1];
    if cfg!(racy) {
        std::mem::forget(message);
    }
    sum
}

fn main() {
    let (to, from) = channel();
    unseen::hand_over(
        move || {
            for i in 0..100 {
                send_one(&to, i);
            }
            if cfg!(racy) {
                std::mem::forget(to); // its end would order what was written
            }
        },
        move || {
            for _ in 0..100 {
                unseen::opaque(receive_one(&from));
            }
        },
    );
}
