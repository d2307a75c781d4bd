/* Twelve devices on one line, of which one is served at a time. The same as `line.rs`. */

#define DEVICES 12

byte at[DEVICES];
bool busy;

active [DEVICES] proctype device() {
	do
	:: d_step { at[_pid] == 0 -> at[_pid] = 1 }              /* asserts */
	:: d_step { at[_pid] == 1 && !busy -> at[_pid] = 2; busy = true }  /* is taken */
	:: d_step { at[_pid] == 2 -> at[_pid] = 3; busy = false }  /* is served */
	:: d_step { at[_pid] == 3 -> at[_pid] = 0 }              /* is unmasked */
	od
}
