# needs: rustc
cat >a.rs <<'R'
use std::{collections::BTreeMap, sync::{mpsc, Arc, Mutex}, thread};
fn main() {
    let (tx, rx) = mpsc::channel();
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    for i in 0..4u64 {
        let (tx, seen) = (tx.clone(), seen.clone());
        thread::spawn(move || { for k in 0..500 { *seen.lock().unwrap().entry(k % 7).or_insert(0) += i; } tx.send(i).unwrap(); });
    }
    drop(tx);
    println!("{} {:?}", rx.iter().sum::<u64>(), seen.lock().unwrap());
}
R
$SEANCE rustc -O -C codegen-units=4 a.rs -o a
sha256sum <a
$SEANCE ./a
