setTimeout(() => { console.log('first'); clearTimeout(later); clearInterval(iv); }, 10);
const later = setTimeout(() => console.log('never'), 40);
const iv = setInterval(() => console.log('never'), 40);
setTimeout(() => console.log('last'), 60);
