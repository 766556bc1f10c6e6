"""TEMPORARY: until scenario/ is there."""
from __future__ import annotations
import tomllib
from l4numa_tui.course.lesson import Lesson
from l4numa_tui.journal import Journal
from l4numa_tui.machine.topology import *
from l4numa_tui.machine.machine import *
from l4numa_tui.machine.costs import *
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.userland.system import System
from l4numa_tui.userland.regions import *
from l4numa_tui.world.world import World
from l4numa_tui.world.session import Session
from l4numa_tui.world.schedulers import *
from l4numa_tui.world.operations import *
def session_of(lesson: Lesson) -> Session:
    d = tomllib.loads(lesson.scenario)
    n = d["machine"]["nodes"]
    topo=Topology("t",tuple(Node(i,(2*i,2*i+1),4096) for i in range(n)),tuple(tuple(10 if a==b else 20 for b in range(n)) for a in range(n)))
    s=System(Kernel(Journal(),Machine(topo,CostProfile())),8)
    regs=[Region(r["name"],r["at"]>>12,r["pages"]) for r in d["region"]]
    app=s.add_application("A",d["application"][0]["nodes"],regs)
    th={}
    for t in d["thread"]:
        th[t["name"]]=s.add_thread(app,t["name"],t["node"],1)
    progs={t:([],[]) for t in th.values()}
    for i,st in enumerate(d["step"]):
        verb,addr=st["op"],hex(st["at"])
        o,k=progs[th[st["thread"]]]
        o.append((Op[verb.upper()],int(addr,0))); k.append(i)
    return Session(World(s,{t:Program(tuple(o),tuple(k)) for t,(o,k) in progs.items()}),ScriptOrder())
