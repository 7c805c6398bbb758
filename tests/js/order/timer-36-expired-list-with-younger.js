// A list whose younger timers are not due yet is put back behind other lists.
setTimeout(() => console.log('150 old'), 150);
setTimeout(() => { console.log('60'); setTimeout(() => console.log('150 young'), 150); }, 60);
setTimeout(() => console.log('300'), 300);
setTimeout(() => console.log('105'), 105);
