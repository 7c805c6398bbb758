process.env.UV_THREADPOOL_SIZE='1';
const fs=require('fs');
const names={stat:()=>fs.promises.stat('.'),access:()=>fs.promises.access('.'),unlinkbad:()=>fs.promises.unlink('nope'),statbad:()=>fs.promises.stat('nope'),realpath:()=>fs.promises.realpath('.'),renamebad:()=>fs.promises.rename('nope','x'),mkdirbad:()=>fs.promises.mkdir('/')};
const list=Object.entries(names);
process.on('uncaughtException',()=>{});
(function next(){ if(!list.length) return; const [n,f]=list.shift();
  let done=-1,c=0,counting=false;
  fs.stat('.',()=>{ // thrower: leaves its microtasks; the promise settles in the same poll phase after it
    const step=()=>{ if(done<0&&c<30){c++; queueMicrotask(step);} };
    queueMicrotask(step); throw new Error('x'); });
  f().then(()=>{done=c},()=>{done=c}).then(()=>{console.log(n,done); setTimeout(next,5)});
  fs.mkdir('mk'+n,()=>{}); while(!fs.existsSync('mk'+n)); const e=Date.now()+20; while(Date.now()<e);
})();
